package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Known refuses a file of records in the folder of a system ("hubspot") that has
// none of the names, such as "invoices.jsonl": its records would be served by
// nobody. Files that are neither .json nor .jsonl are not looked at.
func (d *Dataset) Known(system string, names ...string) error {
	folder := filepath.Join(d.dir, system)
	files, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // of the other system alone
	}
	if err != nil {
		return err
	}
	var faults []error
	for _, file := range files {
		name := file.Name()
		if end := filepath.Ext(name); end != ".json" && end != ".jsonl" || slices.Contains(names, name) {
			continue
		}
		faults = append(faults, fmt.Errorf("%s: no object has this file; the nearest name is %s", filepath.Join(folder, name), nearest(name, names)))
	}
	return errors.Join(faults...)
}

// nearest is the name that takes the fewest changes of letters, case aside; of
// several the first.
func nearest(name string, names []string) string {
	return slices.MinFunc(names, func(a, b string) int { return changes(name, a) - changes(name, b) })
}

// changes is how many letters are put in, left out or replaced between two names
// (the Levenshtein distance).
func changes(a, b string) int {
	from, to := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range to {
			replaced := diagonal
			if r != s {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(to)]
}
