package cudashim

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// findCommand is the path of a command, looked up as a shell does.
func findCommand(name, path string) (string, error) {
	if strings.Contains(name, "/") {
		return name, checkExecutable(name)
	}
	var refused error
	for _, dir := range filepath.SplitList(path) {
		if dir == "" {
			dir = "."
		}
		candidate := filepath.Join(dir, name)
		if dir == "." {
			candidate = "./" + name
		}
		err := checkExecutable(candidate)
		if err == nil {
			return candidate, nil
		}
		var e *Error
		if refused == nil && errors.As(err, &e) && e.code == codeNotExecutable {
			refused = err
		}
	}
	if refused != nil {
		return "", refused
	}
	return "", failf(codeNotFound, "%s: command not found", name)
}

func checkExecutable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return failf(codeNotExecutable, "%s: permission denied", path)
	case err != nil:
		return failf(codeNotFound, "%s: no such file", path)
	case info.IsDir():
		return failf(codeNotExecutable, "%s: is a directory", path)
	case !info.Mode().IsRegular() || unix.Access(path, unix.X_OK) != nil:
		return failf(codeNotExecutable, "%s: not executable", path)
	}
	return nil
}

// program follows scripts to the program that the kernel will load in the end.
// plain tells of a text without #!, which only a shell can run.
func program(path, searchPath string) (target string, plain bool, err error) {
	const deepest = 5 // as the kernel
	for range deepest {
		line, isScript, err := firstLine(path)
		switch {
		case err != nil:
			return "", false, failf(codeNotExecutable, "%s: %v", path, err)
		case !isScript && line == "":
			return path, plain, nil
		case !isScript:
			path, plain = "/bin/sh", true
			continue
		}
		words := strings.Fields(line)
		if len(words) == 0 {
			return "", false, failf(codeNotExecutable, "%s: its #! line names no interpreter", path)
		}
		next := words[0]
		if filepath.Base(next) == "env" {
			if name := envCommand(words[1:]); name != "" {
				if next, err = findCommand(name, searchPath); err != nil {
					return "", false, failf(codeNotFound, "%s: its interpreter %s is not found", path, name)
				}
			}
		}
		if err := checkExecutable(next); err != nil {
			return "", false, failf(codeNotFound, "%s: its interpreter: %v", path, err)
		}
		path = next
	}
	return "", false, failf(codeNotExecutable, "%s: too many interpreters", path)
}

// envCommand is the command among the words that follow env in a #! line.
func envCommand(words []string) string {
	for _, word := range words {
		if !strings.HasPrefix(word, "-") && !strings.Contains(word, "=") {
			return word
		}
	}
	return ""
}

// firstLine is the #! line of a script without the mark, or the beginning of
// another text; empty for a binary.
func firstLine(path string) (line string, isScript bool, err error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) {
		return "", false, nil // executable and not readable: not a script, or the kernel will say so
	}
	if err != nil {
		return "", false, err
	}
	defer file.Close()
	const most = 256 // as the kernel's
	head, err := bufio.NewReaderSize(file, most).Peek(most)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, err
	}
	text, isScript := strings.CutPrefix(string(head), "#!")
	if !isScript && (strings.HasPrefix(text, "\x7fELF") || strings.Contains(text, "\x00")) {
		return "", false, nil
	}
	line, _, _ = strings.Cut(text, "\n")
	if !isScript {
		line = "text"
	}
	return line, isScript, nil
}
