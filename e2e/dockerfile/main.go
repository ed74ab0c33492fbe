// Command dockerfile reads a Dockerfile from standard input as BuildKit does,
// and says what is wrong with it. It is a module of its own: BuildKit is no
// dependency of gpufragtop.
package main

import (
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func main() {
	parsed, err := parser.Parse(os.Stdin)
	if err != nil {
		fail(err)
	}
	for _, warning := range parsed.Warnings {
		fail(fmt.Errorf("%s", warning.Short))
	}
	warned := false
	lint := linter.New(&linter.Config{Warn: func(rule, _, _, message string, _ []parser.Range) {
		fmt.Fprintln(os.Stderr, rule+": "+message)
		warned = true
	}})
	stages, _, err := instructions.Parse(parsed.AST, lint)
	if err != nil {
		fail(err)
	}
	for _, stage := range stages {
		fmt.Println("FROM", stage.BaseName, stage.Name)
		for _, command := range stage.Commands {
			fmt.Println(command)
		}
	}
	if warned {
		os.Exit(1)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
