package gate

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/price"
)

// waste is memory that served nobody, and its price an hour.
type waste struct {
	name  string
	bytes fragcalc.Bytes
	cost  fragcalc.Known[float64]
}

// waste is what a row wasted at the most. The two overlap and are not added.
func (r Report) waste(row Row) []waste {
	return []waste{
		{"stranded", row.Stranded, price.Waste(r.Price, row.Stranded, row.Total)},
		{"slack", row.Slack, price.Waste(r.Price, row.Slack, row.Total)},
	}
}
