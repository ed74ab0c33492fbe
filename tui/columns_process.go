package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

type processRow struct {
	*fragcalc.Process                    // of the snapshot: not to be written
	snapshot          *fragcalc.Snapshot // that it is of; nil for a job's row
	gpu               string             // index of the GPU, or "?" where NVML does not know it
	trend             []float64          // stranded over the last minutes, oldest first
	waste             waste

	tagged bool

	group  *ranks.Group // the row is a job's: what follows says how it is shown
	folded bool
	below  bool // the row stands below its job's
}

// tagMark stands before the PID of a tagged process.
const tagMark = "*"

// trendCells is the width of the trend column.
const trendCells = 8

func processColumns() []table.Column[processRow] {
	sized := func(title, key string, width, rank int, figure func(*fragcalc.Process) fragcalc.Bytes) table.Column[processRow] {
		return table.Column[processRow]{Title: title, Key: key, Width: width, Size: true, Rank: rank, Right: true,
			Text:   func(l *draw.Look, r *processRow) (string, paint.Role) { return l.Size(figure(r.Process)) },
			Amount: func(r *processRow) (fragcalc.Bytes, paint.Role) { return figure(r.Process), paint.Text }}
	}
	worded := func(title, key string, width, most, rank int, text func(*processRow) string) table.Column[processRow] {
		return table.Column[processRow]{Title: title, Key: key, Width: width, Most: most, Rank: rank,
			Text: func(l *draw.Look, r *processRow) (string, paint.Role) {
				if s := text(r); s != "" {
					return s, paint.Text
				}
				return l.Glyphs.Dash, paint.Muted
			}}
	}
	pid := worded("PID", "pid", 7, 0, 0, func(r *processRow) string {
		switch {
		case r.group != nil && r.folded:
			return "[+] " + strconv.Itoa(len(r.group.Members))
		case r.group != nil:
			return "[-] " + strconv.Itoa(len(r.group.Members))
		}
		if r.PID == 0 {
			return "" // read from a file
		}
		return strconv.Itoa(r.PID)
	})
	pid.Right, pid.Most = true, 8
	untagged := pid.Text
	pid.Text = func(l *draw.Look, r *processRow) (string, paint.Role) {
		text, role := untagged(l, r)
		if r.tagged {
			return tagMark + text, paint.Accent
		}
		return text, role
	}
	gpu := worded("GPU", "gpu", 3, 0, 5, func(r *processRow) string { return r.gpu })
	gpu.Right = true
	command := table.Column[processRow]{Title: "COMMAND", Key: "command", Width: 11, Wish: 40, Rank: 6, Flex: true, Text: commandText}
	where := worded("WHERE", "where", 5, 20, 12, func(r *processRow) string {
		if r.group != nil {
			return r.group.String()
		}
		return r.Where.Text()
	})
	where.Optional, where.Idle = true, []string{"session", "host"} // nobody asks where all are at home
	kind := worded("TYPE", "type", 4, 5, 22, func(r *processRow) string { return r.Type })
	kind.Optional, kind.Idle = true, []string{"C"} // nearly all compute and nothing else
	cpu := table.Column[processRow]{Title: "CPU", Key: "cpu", Width: 4, Most: 6, Rank: 19, Right: true, Optional: true,
		Text: func(l *draw.Look, r *processRow) (string, paint.Role) { return l.Cores(r.Host.CPU) }}
	host := sized("HOST-MEM", "host", 8, 20, func(p *fragcalc.Process) fragcalc.Bytes { return p.Host.Memory })
	host.Most, host.Optional = 8, true
	rank := worded("RANK", "rank", 4, 9, 16, rankText)
	rank.Optional, rank.Right = true, true
	return []table.Column[processRow]{
		pid,
		worded("USER", "user", 5, 10, 9, func(r *processRow) string { return r.User }),
		gpu,
		kind,
		{Title: "WHAT", Key: "framework", Width: 5, Most: 14, Rank: 13, Text: whatText},
		where,
		rank,
		sized("GPU-MEM", "memory", 7, 7, func(p *fragcalc.Process) fragcalc.Bytes { return p.GPUMemory }),
		sized("RESERVED", "reserved", 8, 3, func(p *fragcalc.Process) fragcalc.Bytes { return p.Reserved }),
		sized("USED", "used", 6, 2, func(p *fragcalc.Process) fragcalc.Bytes { return p.Used }),
		{Title: "STRANDED", Key: sortStranded, Also: sortFragmentation, AlsoTitle: "STRANDED%", Width: 10, Size: true, Rank: 1, Right: true, Draw: drawStranded},
		sized("PENDING", "pending", 7, 18, func(p *fragcalc.Process) fragcalc.Bytes { return p.Pending }),
		sized("ROUNDING", "rounding", 8, 19, func(p *fragcalc.Process) fragcalc.Bytes { return p.Rounding }),
		sized("PARKED", "parked", 6, 17, func(p *fragcalc.Process) fragcalc.Bytes { return p.Parked }),
		sized("SLACK", "slack", 6, 11, func(p *fragcalc.Process) fragcalc.Bytes { return p.Slack }),
		sized("RELSBL", "releasable", 6, 8, func(p *fragcalc.Process) fragcalc.Bytes { return p.Releasable }),
		sized("LARGEST", "largest", 7, 4, func(p *fragcalc.Process) fragcalc.Bytes { return p.LargestFree }),
		sized("FITS-NOW", "fits", 8, 10, func(p *fragcalc.Process) fragcalc.Bytes { return p.FitsNow }),
		{Title: "RETRIES", Key: "retries", Width: 7, Rank: 21, Right: true,
			Text: func(l *draw.Look, r *processRow) (string, paint.Role) { return l.Count(r.AllocRetries) }},
		costColumn("STRND/H", "stranded/h", "what stranded memory costs an hour", 14, func(r *processRow) fragcalc.Known[float64] { return r.waste.stranded }),
		costColumn("SLACK/H", "slack/h", "what slack costs an hour", 15, func(r *processRow) fragcalc.Known[float64] { return r.waste.slack }),
		{Title: "TREND", Key: "trend", Help: "stranded over the last 5 minutes", Picture: true, Width: trendCells, Rank: 13,
			Text: func(l *draw.Look, r *processRow) (string, paint.Role) {
				return trendText(l, r.trend)
			}},
		cpu,
		host,
		command,
	}
}

// newProcessTable is the table of processes.
func newProcessTable() table.Table[processRow, fragcalc.RowID] {
	return table.Table[processRow, fragcalc.RowID]{Name: "processes", One: "process", Example: "user, command, pid, or frag>0.3 & gpu==0", Columns: processColumns(), Barred: isBarred,
		Identity: func(r *processRow) fragcalc.RowID { return r.RowID },
		Fields:   query.Processes(func(r *processRow) (*fragcalc.Process, *fragcalc.Snapshot) { return r.Process, r.snapshot })}
}

// commandText is the command line, below a job's row after the rank.
func commandText(l *draw.Look, r *processRow) (string, paint.Role) {
	text := commandLine(l, r.Process)
	if r.group != nil {
		text = r.Command // is no command
	}
	if rank, ok := r.Task.Rank.Get(); ok && r.below {
		text = "#" + strconv.Itoa(rank) + " " + text
	}
	if text == "" {
		return l.Glyphs.Dash, paint.Muted
	}
	return text, paint.Text
}

// rankText is a rank and how many there are: "3/8".
func rankText(r *processRow) string {
	rank, ok := r.Task.Rank.Get()
	if !ok {
		return ""
	}
	text := strconv.Itoa(rank)
	if world, ok := r.Task.World.Get(); ok {
		text += "/" + strconv.Itoa(world)
	}
	return text
}

// isBarred tells whether all that can be had of a process is what NVML tells.
func isBarred(r *processRow) bool { return r.OutOfReach }

// whatText is what a process computes with; a guess from outside is muted.
func whatText(l *draw.Look, r *processRow) (string, paint.Role) {
	name := frameworkName(r.Framework)
	switch {
	case name == "":
		return l.Glyphs.Dash, paint.Muted
	case r.Framework.Source == "outside":
		return name, paint.Muted
	default:
		return name, paint.Text
	}
}

// shareWidth is the width of the share in the column of stranded bytes.
const shareWidth = 5

// drawStranded writes stranded bytes and their share of what is reserved.
func drawStranded(l *draw.Look, line *paint.Line, r *processRow, width int) {
	if !r.Fragmentation.Known() {
		l.FitSize(line, paint.Text, r.Stranded, width)
		return
	}
	share, role := l.Percent(r.Fragmentation)
	l.FitSize(line, role, r.Stranded, width-shareWidth)
	l.Fit(line, role, share, shareWidth, true)
}
