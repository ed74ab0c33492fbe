package gate

import (
	"encoding/json"
	"io"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/price"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// Schema names the layout of the JSON report.
const Schema = "gpufragtop-check/1"

type jsonReport struct {
	Schema       string     `json:"schema"`
	GeneratedAt  *time.Time `json:"generated_at"`
	Host         string     `json:"host"`
	Version      string     `json:"version"`
	Target       string     `json:"target"`
	Verdict      string     `json:"verdict"`
	AllowUnknown bool       `json:"allow_unknown"`
	ExitCode     *int       `json:"program_exit_code"`
	Price        *float64   `json:"gpu_hour_price"`
	Processes    []jsonRow  `json:"processes"`
}

type jsonRow struct {
	PID          *int         `json:"pid"`
	User         string       `json:"user"`
	Command      string       `json:"command"`
	GPUUUID      *string      `json:"gpu_uuid"`
	Samples      int          `json:"samples"`
	First        *time.Time   `json:"first_sample_at"`
	Last         *time.Time   `json:"last_sample_at"`
	Stranded     *int64       `json:"stranded_most_bytes"`
	Slack        *int64       `json:"slack_most_bytes"`
	StrandedCost *float64     `json:"stranded_cost_per_hour"`
	SlackCost    *float64     `json:"slack_cost_per_hour"`
	Limits       []jsonResult `json:"limits"`
}

type jsonResult struct {
	Limit   string     `json:"limit"`
	Verdict string     `json:"verdict"`
	Unit    string     `json:"unit"`
	Bound   float64    `json:"bound"`
	Value   *float64   `json:"value"`
	WorstAt *time.Time `json:"worst_at"`
	Samples int        `json:"samples"`
	Reason  *string    `json:"reason"`
}

// verdictKeys are the verdicts as JSON values.
var verdictKeys = map[Verdict]string{Passed: "passed", Crossed: "crossed", NotKnown: "not_known"}

// JSON writes the report as one document of one line. Every key is always
// there; what is not known is null.
func (r Report) JSON(out io.Writer) error {
	document := jsonReport{
		Schema: Schema, GeneratedAt: instant(r.At), Host: text.Clean(r.Host, 255), Version: r.Version, Target: text.Clean(r.Target, mostTarget),
		Verdict: verdictKeys[r.Verdict()], AllowUnknown: r.AllowUnknown, ExitCode: known(r.Exit), Processes: []jsonRow{},
	}
	if price.Valid(r.Price) {
		document.Price = &r.Price
	}
	for _, row := range r.Rows {
		document.Processes = append(document.Processes, r.jsonRow(row))
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(document)
}

// mostTarget is how many bytes of a target are written where nobody reads it.
const mostTarget = 4096

func (r Report) jsonRow(row Row) jsonRow {
	waste := r.waste(row)
	out := jsonRow{
		User: text.Clean(row.User, 255), Command: text.Clean(row.Command, mostTarget),
		Samples: row.Samples, First: instant(row.First), Last: instant(row.Last),
		Stranded: known(row.Stranded), Slack: known(row.Slack),
		StrandedCost: known(waste[0].cost), SlackCost: known(waste[1].cost),
		Limits: []jsonResult{},
	}
	if row.PID != 0 {
		out.PID = &row.PID
	}
	if row.GPUUUID != "" {
		uuid := text.Clean(row.GPUUUID, 80)
		out.GPUUUID = &uuid
	}
	for _, result := range row.Results {
		one := jsonResult{
			Limit: result.Limit, Verdict: verdictKeys[result.Verdict], Unit: string(result.rule.unit), Bound: result.Bound,
			Value: known(result.Value), WorstAt: instant(result.At), Samples: result.Seen,
		}
		if !result.Value.Known() {
			reason := text.Clean(result.Value.Reason(), 300)
			one.Reason = &reason
		}
		out.Limits = append(out.Limits, one)
	}
	return out
}

func known[T any](k fragcalc.Known[T]) *T {
	value, known := k.Get()
	if !known {
		return nil
	}
	return &value
}

// instant is a time that may be unknown.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
