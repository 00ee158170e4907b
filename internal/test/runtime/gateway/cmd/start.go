//go:build runtime

package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// start runs the gateway in the background, tells its steps, and prints the lines to try it.
func start(s state, port int) error {
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	before := s.read()
	alive := before.alive()
	if before.Ready && len(alive) == len(before.Processes) && answers(before.Port+1) {
		fmt.Print(lines(before.Port))
		if before.Port != port {
			fmt.Printf("\nIt runs already, at port %d. For port %d: make gateway-stop, then make gateway GATEWAY_PORT=%d.\n", before.Port, port, port)
		} else {
			fmt.Println("\nIt runs already.")
		}
		return nil
	}
	if len(alive) > 0 {
		fmt.Println("An earlier start left", names(alive), "running: ending it first …")
		end(alive)
	}
	s.forget()
	for i := range 3 {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+i))
		if err != nil {
			return fmt.Errorf("port %d of 127.0.0.1 is taken by another program: give the first of three free ports, for instance make gateway GATEWAY_PORT=%d", port+i, other(port))
		}
		_ = listener.Close()
	}
	return launch(s, port)
}

// other is a port to propose where one is taken.
func other(port int) int {
	const apart, last = 1000, 65533
	if port+apart > last {
		return port - apart
	}
	return port + apart
}

func answers(port int) bool {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/health/liveliness", port))
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

func names(processes []started) string {
	var all []string
	for _, process := range processes {
		all = append(all, process.Name)
	}
	return strings.Join(all, ", ")
}

// launch starts the process that serves, in a session of its own, and follows what it says until it is ready or has ended.
func launch(s state, port int) error {
	log, err := os.Create(s.path("gateway.log"))
	if err != nil {
		return fmt.Errorf("log of the gateway: %w", err)
	}
	defer func() { _ = log.Close() }()
	said, tells, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("start the gateway: %w", err)
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start the gateway: %w", err)
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	serving := exec.Command(program, "serve", fmt.Sprint(port))
	serving.Stdout, serving.Stderr, serving.ExtraFiles = log, log, []*os.File{tells}
	serving.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := serving.Start(); err != nil {
		return fmt.Errorf("start the gateway: %w", err)
	}
	_ = tells.Close()
	stopping := make(chan struct{})
	go func() {
		<-interrupted
		close(stopping)
		fmt.Println("stopping what was started …")
		_ = serving.Process.Signal(syscall.SIGTERM)
	}()
	began, last := time.Now(), ""
	for scanner := bufio.NewScanner(said); scanner.Scan(); last = scanner.Text() {
		if scanner.Text() == ready {
			fmt.Printf("[%3.0f s] ready\n\n%s", time.Since(began).Seconds(), lines(port))
			return nil
		}
		if !strings.HasPrefix(scanner.Text(), failed) {
			fmt.Printf("[%3.0f s] %s …\n", time.Since(began).Seconds(), scanner.Text())
		}
	}
	_ = serving.Wait() // why it ended was its last line
	select {
	case <-stopping:
		return errors.New("interrupted; nothing is left running")
	default:
	}
	if reason, told := strings.CutPrefix(last, failed); told {
		return errors.New(reason)
	}
	return fmt.Errorf("the gateway ended at its start: %s says why", s.path("gateway.log"))
}

// stop ends the gateway, or what is left of it.
func stop(s state) error {
	if _, err := os.Stat(s.directory); err != nil {
		fmt.Println("Nothing is running.")
		return nil
	}
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	r := s.read()
	alive := r.alive()
	if len(alive) == 0 {
		s.forget()
		fmt.Println("Nothing is running.")
		return nil
	}
	if alive[0].Name == own {
		end(alive[:1]) // it ends the others itself
		alive = r.alive()
	}
	end(alive)
	s.forget()
	fmt.Println("Stopped. Users, keys and spend stay in .local/gateway: make gateway goes on with them, and after rm -rf .local/gateway it starts afresh.")
	return nil
}
