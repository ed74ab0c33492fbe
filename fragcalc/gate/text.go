package gate

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc/price"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// mostCommand is how many bytes of a command line are written.
const mostCommand = 200

// Text writes the report for people.
func (r Report) Text(out io.Writer) error {
	w := bufio.NewWriter(out)
	for _, row := range r.Rows {
		fmt.Fprintln(w, row.title(r.Target))
		for _, result := range row.Results {
			fmt.Fprintf(w, "  %-17s  %-9s  %s\n", result.Limit, result.Verdict, row.words(result))
		}
		for _, line := range r.costs(row) {
			fmt.Fprintln(w, "  "+line)
		}
	}
	return w.Flush()
}

// title names a row: who, where, and how often it was seen.
func (row Row) title(target string) string {
	if row.PID == 0 && row.Samples == 0 {
		return "nothing seen of " + text.Clean(target, mostCommand)
	}
	title := row.Name() + ": "
	if command := text.Clean(row.Command, mostCommand); command != "" {
		title += command + ", "
	}
	if row.Samples == 1 {
		return title + "1 sample"
	}
	return title + strconv.Itoa(row.Samples) + " samples over " + units.Age(row.Last.Sub(row.First))
}

// Name names a row shortly: "pid 4711 on GPU-8a6e…", or the device alone of a
// file that tells no PID.
func (row Row) Name() string {
	gpu, pid := text.Clean(row.GPUUUID, 80), "pid "+strconv.Itoa(row.PID)
	switch {
	case row.PID == 0 && gpu == "":
		return "no process"
	case row.PID == 0:
		return gpu
	case gpu == "":
		return pid
	}
	return pid + " on " + gpu
}

// words says what was found of a limit: "17.3%, limit 20.0%, after 48 s".
func (row Row) words(r Result) string {
	value, known := r.Value.Get()
	if !known {
		return text.Clean(r.Value.Reason(), 300)
	}
	seen, bound := r.rule.unit.pair(value, r.Bound)
	words := seen + ", limit " + bound
	if !r.At.IsZero() && row.Samples > 1 {
		words += ", after " + units.Age(r.At.Sub(row.First).Round(time.Second))
	}
	if 2*r.Seen < row.Samples {
		words += fmt.Sprintf(", known in %d of %d samples", r.Seen, row.Samples)
	}
	return words
}

// costs says what the worst stranded memory and slack cost, where a price is
// given.
func (r Report) costs(row Row) []string {
	if !price.Valid(r.Price) {
		return nil
	}
	var lines []string
	for _, waste := range r.waste(row) {
		words := "costs an unknown amount: " + text.Clean(waste.cost.Reason(), 200)
		if cost, known := waste.cost.Get(); known {
			words = units.Bytes(waste.bytes.Or(0)) + " at the most, " + price.Words(cost) + " an hour"
		}
		lines = append(lines, fmt.Sprintf("%-17s  %s", waste.name, words))
	}
	return lines
}
