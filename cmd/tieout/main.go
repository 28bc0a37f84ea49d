// Command tieout compares HubSpot with QuickBooks Online and proves what agrees and
// what does not.
//
// This package is wiring only: flags, configuration, which part talks to which.
// One file per command. Exit codes: 0 tied out (or done), 2 findings, 1 failed,
// incomplete or nothing in scope.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args, environment(os.Environ()), os.Stdout, os.Stderr))
}

// An exit is an error that has been told already, with the code to end with.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// environment makes a map of what os.Environ returns.
func environment(list []string) map[string]string {
	env := map[string]string{}
	for _, pair := range list {
		if key, value, ok := strings.Cut(pair, "="); ok {
			env[key] = value
		}
	}
	return env
}

// run is the whole program: it returns the exit code.
func run(ctx context.Context, args []string, env map[string]string, stdout, stderr io.Writer) int {
	p := &program{env: env, stdout: stdout, stderr: stderr}
	err := p.root().Run(ctx, args)
	var code exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errors.New("interrupted; a run that was under way is CANCELLED, and nothing is resolved by it")
	}
	fmt.Fprintln(stderr, "tieout:", err)
	return 1
}
