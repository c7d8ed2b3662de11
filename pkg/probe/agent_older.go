package probe

// distributorByAPI is the first agent whose Distributor reads no bucket of
// AWS's by itself (RELEASENOTES of amazon-ssm-agent, 3.3.551.0).
var distributorByAPI = []int{3, 3, 551, 0}
