package probe

// goResolver: on Linux the agent, a static Go program, has Go's own resolver.
const goResolver = true
