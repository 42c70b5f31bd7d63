//go:build tools

// Package tools names the client that the tests build.
package tools

import _ "sigs.k8s.io/cri-tools/cmd/crictl"
