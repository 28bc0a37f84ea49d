package reconcile

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"
)

// An era is a stretch of time in which a zone's wall runs evenly.
type era struct {
	from   time.Time
	offset time.Duration
}

// eras lists the stretches of a zone between two instants, none of which is shorter
// than half a day. ZoneBounds would do less work, but is what is tested.
func eras(z *time.Location, from, to time.Time) []era {
	at := func(t time.Time) era {
		_, offset := t.In(z).Zone()
		return era{t, time.Duration(offset) * time.Second}
	}
	list := []era{at(from)}
	for t := from; t.Before(to); t = t.Add(12 * time.Hour) {
		before, next := at(t), at(t.Add(12*time.Hour))
		if before.offset == next.offset {
			continue
		}
		for next.from.Sub(before.from) > time.Second {
			if mid := at(before.from.Add(next.from.Sub(before.from) / 2).Truncate(time.Second)); mid.offset == before.offset {
				before = mid
			} else {
				next = mid
			}
		}
		list = append(list, next)
	}
	return list
}

// database reads the tz database: lib/time/zoneinfo.zip of Go's own tree, which is
// what time/tzdata brings along, as a tar in which zones with one history are links.
// LoadLocation would prefer the database of the machine, whose zones may have every
// change up to 2037 listed instead of a rule for each year. It returns the names by
// history.
func database(t *testing.T) map[*time.Location][]string {
	t.Helper()
	file, err := os.Open("testdata/zones.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	zones, first := map[*time.Location][]string{}, map[string]*time.Location{}
	for archive := tar.NewReader(unzipped); ; {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return zones
		}
		if err != nil {
			t.Fatal(err)
		}
		z := first[head.Linkname]
		if z == nil {
			data, err := io.ReadAll(archive)
			if err != nil {
				t.Fatal(err)
			}
			if z, err = time.LoadLocationFromTZData(head.Name, data); err != nil {
				t.Fatal(err)
			}
			first[head.Name] = z
		}
		zones[z] = append(zones[z], head.Name)
	}
}

// TestEveryZone proves due times: in every zone of the tz database every date from
// 2020 to 2035 has one due instant, later than that of the date before it. There
// the wall shows the wanted time, for the first time; or the first time after it,
// where the clock jumped over it.
func TestEveryZone(t *testing.T) {
	from, to := date("2020-01-01"), date("2035-12-31")
	names, dates, skipped, doubled := 0, 0, 0, 0
	zones := database(t)
	for z, called := range zones {
		names += len(called)
		list := eras(z, from.Time().AddDate(0, 0, -3), to.Time().AddDate(0, 0, 3))
		for _, at := range []string{"00:00", "02:00", "02:30", "23:59"} {
			p := prover{zone: z, eras: list, s: Schedule{Name: "nightly", At: at}}
			if fault := p.prove(from, to); fault != "" {
				t.Errorf("%s, %s: %s", called, at, fault)
			}
			dates, skipped, doubled = dates+p.dates, skipped+p.skipped, doubled+p.doubled
		}
	}
	t.Logf("%d zones with %d histories, %d due times; %d times are skipped, %d doubled", names, len(zones), dates, skipped, doubled)
	if names < 590 || dates != len(zones)*4*(to.Sub(from)+1) || skipped < 1000 || doubled < 500 {
		t.Error("too few to prove anything")
	}
}

// A prover checks the due times of one schedule in one zone, by the zone's eras.
type prover struct {
	zone                    *time.Location
	eras                    []era
	s                       Schedule
	dates, skipped, doubled int
}

// prove returns the first fault of the due times between two dates.
func (p *prover) prove(from, to Date) string {
	clock, err := p.s.clock()
	if err != nil {
		return err.Error()
	}
	var before time.Time
	n := 0 // the first era that may concern the date
	for d := from; !to.Before(d); d = d.AddDays(1) {
		due, err := p.s.Due(d, p.zone)
		if err != nil {
			return err.Error()
		}
		want := d.Time().Add(clock)
		for n+1 < len(p.eras) && p.eras[n+1].from.Before(want.Add(-36*time.Hour)) {
			n++
		}
		if first := p.expect(n, want); !due.Equal(first) {
			return fmt.Sprintf("%s is due at %s, want %s", d, due.UTC(), first)
		}
		if !due.After(before) {
			return fmt.Sprintf("%s is due at %s, the date before it at %s", d, due.UTC(), before)
		}
		before = due
		p.dates++
	}
	return ""
}

// expect returns the first of the instants at which the wall shows the wanted
// time; where none does, the one at which the clock jumped over it.
func (p *prover) expect(n int, want time.Time) time.Time {
	var shows []time.Time
	var jump time.Time
	for ; n < len(p.eras) && p.eras[n].from.Before(want.Add(36*time.Hour)); n++ {
		e := p.eras[n]
		at := want.Add(-e.offset)
		ended := n+1 < len(p.eras) && !at.Before(p.eras[n+1].from)
		switch {
		case at.Before(e.from):
			if n > 0 && jump.IsZero() && !e.from.Add(p.eras[n-1].offset).After(want) { // before it the wall showed less
				jump = e.from
			}
		case !ended:
			shows = append(shows, at)
		}
	}
	switch {
	case len(shows) == 0:
		p.skipped++
		return jump
	case len(shows) > 1:
		p.doubled++
	}
	return shows[0]
}
