package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/gpufragtop/gpufragtop/fragcalc/document"
	"github.com/gpufragtop/gpufragtop/fragcalc/explain"
)

func explainCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain [FILE|-]",
		Short: "say what a pasted out-of-memory message means",
		Long: `explain reads the out-of-memory message of a program, such as PyTorch's, from a
file or standard input, where it may stand in a long log, and says what its
figures mean: holes, too big, other processes, private pools, a cap; what a
release could have changed; what to run next. It needs no GPU. Of several
messages the last one is explained. Exit code 1: no message that it knows;
2: nothing to read.`,
		Example: `  gpufragtop explain slurm-4711.out
  python train.py 2>&1 | gpufragtop explain`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return failf(exitUsage, "explain: name one file, or none for standard input")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			pasted, err := readPasted(args)
			if err != nil {
				return err
			}
			return explainMessage(pasted, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the explanation as JSON")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func explainMessage(pasted string, asJSON bool) error {
	if strings.TrimSpace(pasted) == "" {
		return failf(exitUsage, "explain: nothing to read: name a log, or paste the message and press Ctrl-D")
	}
	explanation, err := explain.Explain(pasted)
	if err != nil {
		return failf(exitFailed, "explain: %v", err)
	}
	if asJSON {
		if err := document.EncodeExplanation(os.Stdout, explanation, terminalOut()); err != nil {
			return failf(exitFailed, "explain: %v", err)
		}
		return nil
	}
	for _, line := range explanation.Lines {
		fmt.Println(line)
	}
	for _, command := range explanation.Next {
		fmt.Println("Next: " + command)
	}
	return nil
}

// readPasted reads the end of a file, or standard input, as far as
// explain.Limit.
func readPasted(args []string) (string, error) {
	name := "-"
	if len(args) == 1 {
		name = args[0]
	}
	if name == "-" {
		if isatty.IsTerminal(os.Stdin.Fd()) {
			fmt.Fprintln(os.Stderr, "Paste the message, then press Ctrl-D.")
		}
		return readTail("standard input", os.Stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return "", failf(exitFailed, "explain: %v", plainly(err, name))
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > explain.Limit {
		if _, err := file.Seek(-explain.Limit, io.SeekEnd); err != nil {
			return "", failf(exitFailed, "explain: %v", plainly(err, name))
		}
	}
	return readTail(name, file)
}

// longestStream is how much of a stream is read before it is given up.
const longestStream = 1 << 30

// readTail reads a stream to its end and keeps the last bytes of it.
func readTail(name string, in io.Reader) (string, error) {
	kept := make([]byte, 0, 64<<10)
	part := make([]byte, 64<<10)
	for read := 0; read < longestStream; {
		n, err := in.Read(part)
		read += n
		kept = append(kept, part[:n]...)
		if len(kept) >= 2*explain.Limit { // cut rarely: each byte is moved once at most
			kept = append(kept[:0], kept[len(kept)-explain.Limit:]...)
		}
		if errors.Is(err, io.EOF) {
			return string(kept[max(0, len(kept)-explain.Limit):]), nil
		}
		if err != nil {
			return "", failf(exitFailed, "explain: %v", plainly(err, name))
		}
	}
	return "", failf(exitFailed, "explain: %s does not end within 1 GiB: give it the end of the log (tail -c 10M)", name)
}

// plainly is an error of a file without the name of the system call.
func plainly(err error, name string) error {
	var at *os.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}
