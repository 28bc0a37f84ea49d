package wire

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/govalues/decimal"

	"github.com/tieout/tieout/reconcile"
)

// MarshalDate writes a business date; no date is null.
func MarshalDate(d reconcile.Date) graphql.Marshaler {
	if d.IsZero() {
		return graphql.Null
	}
	return graphql.MarshalString(d.String())
}

// UnmarshalDate reads YYYY-MM-DD.
func UnmarshalDate(v any) (reconcile.Date, error) {
	text, ok := v.(string)
	if !ok {
		return reconcile.Date{}, invalid(v, "a date such as 2026-03-01")
	}
	d, err := reconcile.ParseDate(text)
	if err != nil {
		return reconcile.Date{}, invalid(v, "a date such as 2026-03-01")
	}
	return d, nil
}

// MarshalDecimal writes an exact number as text, with its scale.
func MarshalDecimal(d decimal.Decimal) graphql.Marshaler { return graphql.MarshalString(d.String()) }

// UnmarshalDecimal reads a number from text or from a whole number. Fractions
// come as text only: a JSON number may have lost digits on its way.
func UnmarshalDecimal(v any) (decimal.Decimal, error) {
	text := ""
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	case int64:
		text = strconv.FormatInt(v, 10)
	case int:
		text = strconv.Itoa(v)
	}
	d, err := decimal.Parse(text)
	if err != nil {
		return decimal.Decimal{}, invalid(v, "a decimal number such as \"12.50\"")
	}
	return d, nil
}

// MarshalDecimalText writes an amount that is text already.
func MarshalDecimalText(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalDecimalText reads an exact number and keeps it as text.
func UnmarshalDecimalText(v any) (string, error) {
	d, err := UnmarshalDecimal(v)
	if err != nil {
		return "", err
	}
	return d.String(), nil
}

// MarshalActor writes an actor as text.
func MarshalActor(a reconcile.Actor) graphql.Marshaler { return graphql.MarshalString(string(a)) }

// UnmarshalActor reads an actor.
func UnmarshalActor(v any) (reconcile.Actor, error) { return text[reconcile.Actor](v) }

// MarshalFindingID writes a finding's id as the command line shows it.
func MarshalFindingID(id reconcile.FindingID) graphql.Marshaler {
	return graphql.MarshalString(string(id))
}

// UnmarshalFindingID reads such an id.
func UnmarshalFindingID(v any) (reconcile.FindingID, error) { return text[reconcile.FindingID](v) }

// MarshalSettingKey writes the name of a setting.
func MarshalSettingKey(k reconcile.SettingKey) graphql.Marshaler {
	return graphql.MarshalString(string(k))
}

// UnmarshalSettingKey reads the name of a setting.
func UnmarshalSettingKey(v any) (reconcile.SettingKey, error) { return text[reconcile.SettingKey](v) }

func text[T ~string](v any) (T, error) {
	s, err := graphql.UnmarshalString(v)
	return T(s), err
}

// MarshalRunID writes a run's number.
func MarshalRunID(id reconcile.RunID) graphql.Marshaler { return graphql.MarshalInt64(int64(id)) }

// UnmarshalRunID reads a run's number.
func UnmarshalRunID(v any) (reconcile.RunID, error) {
	n, err := graphql.UnmarshalInt64(v)
	return reconcile.RunID(n), err
}

// MarshalGate writes a gate's number.
func MarshalGate(g reconcile.Gate) graphql.Marshaler { return graphql.MarshalInt(int(g)) }

// UnmarshalGate reads a gate's number.
func UnmarshalGate(v any) (reconcile.Gate, error) {
	n, err := graphql.UnmarshalInt(v)
	return reconcile.Gate(n), err
}

// A DateOrDuration is a calendar day, or one that is counted from today.
type DateOrDuration struct {
	date   reconcile.Date
	period Period
	text   string
}

// Date returns the day, given what today is.
func (d DateOrDuration) Date(today reconcile.Date) reconcile.Date {
	if !d.date.IsZero() {
		return d.date
	}
	return reconcile.DateOf(d.period.From(today.Time()), time.UTC)
}

// UnmarshalGQL reads a date or a duration.
func (d *DateOrDuration) UnmarshalGQL(v any) error {
	text, ok := v.(string)
	if !ok {
		return invalid(v, "a date such as 2026-03-01 or a duration such as -P7D")
	}
	if date, err := reconcile.ParseDate(text); err == nil {
		*d = DateOrDuration{date: date, text: text}
		return nil
	}
	p, err := ParsePeriod(text)
	if err != nil || p.clock != 0 {
		return invalid(v, "a date such as 2026-03-01 or a duration in days or longer, such as -P7D")
	}
	*d = DateOrDuration{period: p, text: text}
	return nil
}

// MarshalGQL writes what was read.
func (d DateOrDuration) MarshalGQL(w io.Writer) { writeText(w, d.text) }

// MarshalJSON writes what was read, so that a filter can be hashed.
func (d DateOrDuration) MarshalJSON() ([]byte, error) { return json.Marshal(d.text) }

// A DateTimeOrDuration is an instant, or one that is counted from now.
type DateTimeOrDuration struct {
	at     time.Time
	period Period
	text   string
}

// Time returns the instant, given what now is.
func (d DateTimeOrDuration) Time(now time.Time) time.Time {
	if !d.at.IsZero() {
		return d.at
	}
	return d.period.From(now)
}

// UnmarshalGQL reads an instant or a duration.
func (d *DateTimeOrDuration) UnmarshalGQL(v any) error {
	text, ok := v.(string)
	if !ok {
		return invalid(v, "an instant such as 2026-03-01T15:04:05Z or a duration such as -P7D")
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		*d = DateTimeOrDuration{at: at.UTC(), text: text}
		return nil
	}
	p, err := ParsePeriod(text)
	if err != nil {
		return invalid(v, "an instant such as 2026-03-01T15:04:05Z or a duration such as -P7D")
	}
	*d = DateTimeOrDuration{period: p, text: text}
	return nil
}

// MarshalGQL writes what was read.
func (d DateTimeOrDuration) MarshalGQL(w io.Writer) { writeText(w, d.text) }

// MarshalJSON writes what was read, so that a filter can be hashed.
func (d DateTimeOrDuration) MarshalJSON() ([]byte, error) { return json.Marshal(d.text) }

func writeText(w io.Writer, text string) { graphql.MarshalString(text).MarshalGQL(w) }

func invalid(v any, want string) error {
	return Coded("FILTER_INVALID", "%.80s: want %s", fmt.Sprintf("%q", fmt.Sprint(v)), want)
}
