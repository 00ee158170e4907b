//go:build runtime

package scripts_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kong-llm-gateway/config"
	"kong-llm-gateway/rds"
)

var madeUpDigest = "sha256:" + strings.Repeat("0a", 32)

// imageRegistry is a registry that gives an anonymous token for mirror/litellm, as the public ones do, and has the tags 1 and, without a digest, 2. It
// wants an account for mirror/private, and gives no token for mirror/closed.
func imageRegistry(t *testing.T) string {
	t.Helper()
	routes := http.NewServeMux()
	server := httptest.NewServer(routes)
	t.Cleanup(server.Close)
	routes.HandleFunc("GET /token", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("scope") != "repository:mirror/litellm:pull" || r.FormValue("service") != "the registry" {
			http.Error(w, "denied", http.StatusForbidden)
			return
		}
		_, _ = w.Write([]byte(`{"token":"anonymous"}`))
	})
	routes.HandleFunc("GET /v2/mirror/{image}/manifests/{tag}", func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.PathValue("image") == "private":
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		case r.PathValue("image") == "busy":
			w.WriteHeader(http.StatusTooManyRequests)
		case r.Header.Get("Authorization") != "Bearer anonymous":
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+server.URL+`/token",service="the registry",scope="repository:mirror/litellm:pull"`)
			w.WriteHeader(http.StatusUnauthorized)
		case !strings.Contains(r.Header.Get("Accept"), "application/vnd.oci.image.index.v1+json"):
			w.WriteHeader(http.StatusNotAcceptable)
		case r.PathValue("tag") == "1":
			w.Header().Set("Docker-Content-Digest", madeUpDigest)
		case r.PathValue("tag") != "2":
			http.NotFound(w, r)
		}
	})
	return strings.TrimPrefix(server.URL, "http://") + "/mirror/"
}

func TestDigestsArePrintedAsTheSettingsTakeThem(t *testing.T) {
	t.Parallel()
	at := imageRegistry(t)
	got := run(t, "", nil, "image-digests.sh", at+"litellm:1", at+"litellm:1@"+madeUpDigest)
	require.Zero(t, got.code, got.stderr)
	require.Equal(t, strings.Repeat(at+"litellm:1@"+madeUpDigest+"\n", 2), got.stdout)
	require.Empty(t, got.stderr)
}

func TestADigestThatCannotBeToldIsAnErrorWithItsCure(t *testing.T) {
	t.Parallel()
	at := imageRegistry(t)
	for image, want := range map[string]string{
		at + "litellm:3": "no such tag",
		at + "litellm:2": "gave no digest",
		at + "litellm":   "has no tag",
		at + "private:1": "aws ecr describe-images --repository-name mirror/private --image-ids imageTag=1",
		at + "closed:1":  "look whether the name is right and the image public",
		at + "busy:1":    "too many requests",
		at + "litellm:1@sha256:" + strings.Repeat("0b", 32): "the tag has moved to " + madeUpDigest,
		"127.0.0.1:1/mirror/litellm:1":                      "Check the network",
		"--all":                                             "unexpected argument '--all'",
	} {
		got := run(t, "", nil, "image-digests.sh", image)
		require.NotZero(t, got.code, image)
		require.Contains(t, got.stderr, want, image)
		require.Empty(t, got.stdout, image)
	}
}

// TestDigestsOfWhatTheProgramPins: the script finds the images in the source, and asks each one's registry.
func TestDigestsOfWhatTheProgramPins(t *testing.T) {
	t.Parallel()
	tools := t.TempDir()
	fake(t, tools, "curl", `cat >/dev/null
while [ $# -gt 1 ]; do
  if [ "$1" = --dump-header ]; then printf 'docker-content-digest: `+madeUpDigest+`\r\n' >"$2"; fi
  shift
done
echo "$1" >>"$(dirname "$0")/asked"
printf 200
`)
	got := run(t, tools, nil, "image-digests.sh")
	require.Zero(t, got.code, got.stderr)
	defaults := config.Defaults()
	var want []string
	for _, image := range []string{defaults.LiteLLM.Image, defaults.Langfuse.Image, defaults.Grafana.Image, defaults.VictoriaMetrics.Image, rds.InitImage} {
		want = append(want, image+"@"+madeUpDigest)
	}
	require.Equal(t, want, strings.Fields(got.stdout))
	asked, err := os.ReadFile(filepath.Join(tools, "asked"))
	require.NoError(t, err)
	require.Contains(t, string(asked), "https://registry-1.docker.io/v2/grafana/grafana/manifests/12.4.10\n")
	require.Contains(t, string(asked), "https://public.ecr.aws/v2/docker/library/postgres/manifests/17.6-alpine\n")
}
