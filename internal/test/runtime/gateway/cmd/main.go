//go:build runtime

// Command cmd is what `make gateway` starts: the bench's gateway, to be looked at. scripts/gateway.sh builds and runs it.
//
//	start PORT   starts the gateway in the background at PORT (public), PORT+1 (internal) and PORT+2 (metrics) and prints lines to try it
//	serve PORT   is the gateway itself; start runs it
//	stop         ends it
package main

import (
	"fmt"
	"os"
	"strconv"

	"kong-llm-gateway/internal/test/runtime/process"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	s := state{directory: process.InRepository(".local", "gateway")}
	switch {
	case len(arguments) == 1 && arguments[0] == "stop":
		return stop(s)
	case len(arguments) == 2 && (arguments[0] == "start" || arguments[0] == "serve"):
		port, err := strconv.Atoi(arguments[1])
		if err != nil {
			return fmt.Errorf("port: %w", err)
		}
		if arguments[0] == "start" {
			return start(s, port)
		}
		return serve(s, port)
	default:
		return fmt.Errorf("usage: start PORT, serve PORT or stop")
	}
}
