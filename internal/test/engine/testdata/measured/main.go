// Program measured stands in for the gateway's program: it runs the one beside it, named gateway, and writes the most memory that took, in bytes, to
// the file peak there.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	folder := filepath.Dir(os.Args[0])
	command := exec.Command(filepath.Join(folder, "gateway"), os.Args[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		return err
	}
	usage, known := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !known {
		return fmt.Errorf("no figures of %s", command.Path)
	}
	const perUnit = 1024 // Maxrss is in KiB on Linux
	return os.WriteFile(filepath.Join(folder, "peak"), fmt.Appendln(nil, usage.Maxrss*perUnit), 0o600)
}
