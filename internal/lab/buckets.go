package lab

import (
	"io"
	"net/http"
	"slices"
	"strings"
)

// Buckets are the contents of S3, and who may read them.
type Buckets struct {
	// Public are the objects that anyone may read, by "bucket/key".
	Public map[string]string
	// Closed are buckets that exist and answer 403.
	Closed []string
	// Elsewhere are buckets in another Region: name → Region.
	Elsewhere map[string]string
	// Denied are buckets that an endpoint policy does not allow: they answer 403.
	// "*" is every bucket.
	Denied []string
}

// serve answers a path-style or virtual-hosted request to S3.
func (b *Buckets) serve(w http.ResponseWriter, q *http.Request, world *World, status int) {
	h := w.Header()
	h.Set("x-amz-request-id", bucketRequestID)
	h.Set("x-amz-id-2", "vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQjryTjKlc5aLWGVHPZLj5NeC6qMa0emYBDXOo6QBU0Wo=")
	h.Set("Server", "AmazonS3")
	path := strings.TrimPrefix(q.URL.Path, "/")
	if label, rest, _ := strings.Cut(q.Host, "."); label != "s3" && (strings.HasPrefix(rest, "s3.") || strings.HasPrefix(rest, "s3-fips.")) {
		path = label + "/" + path
	}
	bucket, _, _ := strings.Cut(path, "/")
	region, elsewhere := b.Elsewhere[bucket]
	object, public := b.Public[path]
	held := slices.Contains(b.Closed, bucket)
	for p := range b.Public {
		held = held || strings.HasPrefix(p, bucket+"/")
	}
	switch {
	case status != 0:
		s3Error(w, status, "InternalError", "We encountered an internal error. Please try again.")
	case bucket == "":
		h.Set("Location", "https://aws.amazon.com/s3/")
		w.WriteHeader(http.StatusTemporaryRedirect)
	case slices.Contains(b.Denied, bucket), slices.Contains(b.Denied, "*"):
		s3Error(w, http.StatusForbidden, "AccessDenied", "Access Denied")
	case elsewhere:
		h.Set("x-amz-bucket-region", region)
		s3Error(w, http.StatusMovedPermanently, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.")
	case public:
		h.Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, object)
	case held:
		h.Set("x-amz-bucket-region", world.Region)
		s3Error(w, http.StatusForbidden, "AccessDenied", "Access Denied")
	default:
		s3Error(w, http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
	}
}
