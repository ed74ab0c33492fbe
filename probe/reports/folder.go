package reports

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// mostEntries is how many files of a folder are looked at.
const mostEntries = 20000

// Folder is where this user's reports are, by the same variables as the agent
// goes by; an error says which of them is missing.
func Folder() (string, error) {
	if path := os.Getenv("GPUFRAGTOP_REPORT_DIR"); path != "" {
		if !filepath.IsAbs(path) {
			return "", fmt.Errorf("GPUFRAGTOP_REPORT_DIR=%q is no absolute path", text.Clean(path, 200))
		}
		return path, nil
	}
	if path := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(path) {
		return filepath.Join(path, "gpufragtop", "reports"), nil
	}
	if path := os.Getenv("HOME"); filepath.IsAbs(path) {
		return filepath.Join(path, ".local", "state", "gpufragtop", "reports"), nil
	}
	return "", errors.New("no folder of reports: neither GPUFRAGTOP_REPORT_DIR nor XDG_STATE_HOME nor HOME names one")
}

// isName tells whether a file name is a report's, as the agent writes it.
func isName(name string) bool {
	const digits = 20
	rest, found := strings.CutPrefix(name, page.ReportPrefix)
	middle, whole := strings.CutSuffix(rest, page.ReportSuffix)
	at, pid, parted := strings.Cut(middle, "-")
	return found && whole && parted && len(at) == digits && pid != "" && strings.Trim(at+pid, "0123456789") == "" && len(name) < 64
}

// IsNamed tells whether a file is called a report, by whomever.
func IsNamed(path string) bool { return strings.HasSuffix(path, page.ReportSuffix) }

// names lists the reports of a folder, newest first, and the files that are
// called reports and were not written by an agent. A folder that is missing has
// none.
func names(folder string) (found, others []string, err error) {
	dir, err := os.OpenFile(folder, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, plain(err)
	}
	defer dir.Close()
	entries, err := dir.Readdirnames(mostEntries)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, plain(err)
	}
	for _, name := range entries {
		switch {
		case isName(name):
			found = append(found, name)
		case IsNamed(name):
			others = append(others, text.Clean(name, longestName))
		}
	}
	slices.SortFunc(found, func(a, b string) int { return cmp.Compare(b, a) }) // the time comes first
	slices.Sort(others)
	return found, others, nil
}

// read reads a report file whole. own: it must be this user's, unless root reads.
func read(path string, own bool) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if errors.Is(err, unix.ELOOP) {
		return nil, errors.New("is a link")
	}
	if err != nil {
		return nil, plain(err)
	}
	defer file.Close()
	var status unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &status); err != nil {
		return nil, err
	}
	switch euid := os.Geteuid(); {
	case status.Mode&unix.S_IFMT != unix.S_IFREG:
		return nil, errors.New("is no regular file")
	case own && euid != 0 && int(status.Uid) != euid:
		return nil, fmt.Errorf("belongs to user %d", status.Uid)
	case status.Size > page.MaxReportSize:
		return nil, fmt.Errorf("has %d bytes, more than a report can have", status.Size)
	}
	b, err := io.ReadAll(io.LimitReader(file, page.MaxReportSize+1))
	return b, plain(err)
}

// plain is an error without the name of the system call.
func plain(err error) error {
	var at *os.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// Is tells whether the file at path says that it is a report. It opens no FIFO
// for long, and reads no device.
func Is(path string) bool {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	magic := make([]byte, page.ReportMagicSize)
	_, err = io.ReadFull(file, magic)
	return err == nil && page.IsReport(magic)
}

// Find is the path of a report that is named without a folder: in the present
// folder where it is there, else in that of the reports.
func Find(path string) string {
	if !isName(path) {
		return path
	}
	if _, err := os.Lstat(path); err == nil {
		return path
	}
	if folder, err := Folder(); err == nil {
		return filepath.Join(folder, path)
	}
	return path
}
