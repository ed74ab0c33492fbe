package rootfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// mostKept is how many files of one name are kept beside each other.
const mostKept = 1000

// Keep writes a new file stem+extension into a folder, for the user's eyes
// only, and returns its path. It never touches what is there: a name that is
// taken gets -2, -3 and so on behind its stem. A file that cannot be written
// whole is not left behind.
func Keep(folder, stem, extension string, content []byte) (string, error) {
	for i := 1; i <= mostKept; i++ {
		name := stem
		if i > 1 {
			name += "-" + strconv.Itoa(i)
		}
		path := filepath.Join(folder, name+extension)
		file, err := Open(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = file.Write(content)
		if err = errors.Join(err, file.Close()); err != nil {
			return "", errors.Join(err, os.Remove(path))
		}
		return path, nil
	}
	return "", fmt.Errorf("%s: there are %d such files already: remove some", filepath.Join(folder, stem+extension), mostKept)
}
