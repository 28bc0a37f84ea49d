package reconcile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// Settings are the rules of a workspace: the sync rules that users know, saved
// and versioned. The zero value is not valid; start from DefaultSettings.
type Settings struct {
	InvoicesEnabled       bool
	Direction             Direction
	StatusFilter          []Status // judged on SRC
	SkipIntegrationSource bool
	SyncVoid              string // off, propose
	EmailMatch            EmailMatch
	CreateCustomers       bool
	CreateProducts        bool
	ProductsEnabled       bool
	ProductsDirection     Direction
	ProductFields         []string
	TaxMappingEnabled     bool
	// TaxMapping maps HubSpot tax rate ids to QuickBooks tax code ids.
	TaxMapping map[string]string
	// UnmappedTax is default:CODE, TAX, NON or fail.
	UnmappedTax   string
	RetryAttempts int
	StartDate     Date // zero: none
	Grace         time.Duration
	// Tolerance is the rounding allowed per line, in units of each currency.
	Tolerance decimal.Decimal
	// TimeZone is the IANA zone of business dates, schedules and workbooks.
	TimeZone string
}

// EmailMatch says how customers' e-mails are compared.
type EmailMatch string

// The ways of comparing e-mails.
const (
	EmailExact      EmailMatch = "exact"
	EmailNormalized EmailMatch = "normalized" // trimmed and case-folded
)

// A SettingKey is the saved name of a setting.
type SettingKey string

// A SettingValue is one setting in words, as lists and workbooks show it.
type SettingValue struct {
	Key       SettingKey `json:"key"`
	Value     string     `json:"value"`
	IsDefault bool       `json:"isDefault"`
	// ChangedBy and ChangedAt tell of the last change; empty for a default.
	ChangedBy Actor     `json:"changedBy,omitempty"`
	ChangedAt time.Time `json:"changedAt,omitzero"`
	Meaning   string    `json:"meaning"`
}

// A SettingsVersion is one saved change of the settings.
type SettingsVersion struct {
	Version int               `json:"version"`
	Actor   Actor             `json:"actor"`
	At      time.Time         `json:"at"`
	Changes map[string]string `json:"changes"` // key to new value
}

type setting struct {
	key     SettingKey
	meaning string
	get     func(*Settings) string
	set     func(*Settings, string) error
}

// settingTable is the one list of settings: keys, meaning, how each is read and
// written as text.
var settingTable = []setting{
	{"invoices_enabled", "invoice sync; off: nothing is written, comparing goes on", boolGet(func(s *Settings) *bool { return &s.InvoicesEnabled }), boolSet(func(s *Settings) *bool { return &s.InvoicesEnabled })},
	{"direction", "which system invoices flow from: hubspot_to_quickbooks or quickbooks_to_hubspot; unset: HubSpot is called the source, nothing is written", func(s *Settings) string { return string(s.Direction) }, func(s *Settings, v string) error { return setDirection(&s.Direction, v) }},
	{"status_filter", "statuses of the source that are synced: any of draft, open, paid, voided, joined by commas", func(s *Settings) string { return join(s.StatusFilter) }, setStatusFilter},
	{"skip_integration_source", "exclude unpaired invoices that an integration made, so that nothing loops", boolGet(func(s *Settings) *bool { return &s.SkipIntegrationSource }), boolSet(func(s *Settings) *bool { return &s.SkipIntegrationSource })},
	{"sync_void", "off, or propose: voids need approval", func(s *Settings) string { return s.SyncVoid }, choice(func(s *Settings) *string { return &s.SyncVoid }, "off", "propose")},
	{"email_match", "exact, or normalized: trimmed and case-folded", func(s *Settings) string { return string(s.EmailMatch) }, setEmailMatch},
	{"create_customers", "create a missing customer in the destination", boolGet(func(s *Settings) *bool { return &s.CreateCustomers }), boolSet(func(s *Settings) *bool { return &s.CreateCustomers })},
	{"create_products", "create a missing SKU in the destination before the invoice", boolGet(func(s *Settings) *bool { return &s.CreateProducts }), boolSet(func(s *Settings) *bool { return &s.CreateProducts })},
	{"products_enabled", "product sync", boolGet(func(s *Settings) *bool { return &s.ProductsEnabled }), boolSet(func(s *Settings) *bool { return &s.ProductsEnabled })},
	{"products_direction", "which catalogue is right", func(s *Settings) string { return string(s.ProductsDirection) }, func(s *Settings, v string) error { return setDirection(&s.ProductsDirection, v) }},
	{"product_fields", "product fields that are synced: any of name, description, price, joined by commas", func(s *Settings) string { return join(s.ProductFields) }, setProductFields},
	{"tax_mapping_enabled", "map HubSpot tax rates to QuickBooks tax codes", boolGet(func(s *Settings) *bool { return &s.TaxMappingEnabled }), boolSet(func(s *Settings) *bool { return &s.TaxMappingEnabled })},
	{"tax_mapping", "the mapping list: HUBSPOT_RATE_ID=QUICKBOOKS_TAX_CODE pairs, joined by commas", getTaxMapping, setTaxMapping},
	{"unmapped_tax", "what an unmapped rate becomes: default:CODE, TAX, NON, or fail", func(s *Settings) string { return s.UnmappedTax }, setUnmappedTax},
	{"retry_attempts", "how often a transient failure is retried by itself: 0 to 100", func(s *Settings) string { return strconv.Itoa(s.RetryAttempts) }, setRetryAttempts},
	{"start_date", "invoices dated earlier are excluded: YYYY-MM-DD, empty for none", func(s *Settings) string { return s.StartDate.String() }, setStartDate},
	{"grace", "unpaired invoices younger than this are pending, not findings: a duration such as 1h or 30m", func(s *Settings) string { return duration(s.Grace) }, setGrace},
	{"tolerance", "rounding allowed per line, in units of the currency; nothing is forgiven, every cent is a finding", func(s *Settings) string { return s.Tolerance.String() }, setTolerance},
	{"time_zone", "IANA zone of business dates, schedules and workbook dates", func(s *Settings) string { return s.TimeZone }, setTimeZone},
}

// DefaultSettings returns the settings of a new workspace.
func DefaultSettings() Settings {
	return Settings{
		StatusFilter:          []Status{StatusOpen, StatusPaid},
		SkipIntegrationSource: true,
		SyncVoid:              "propose",
		EmailMatch:            EmailExact,
		ProductFields:         []string{"name", "description", "price"},
		TaxMappingEnabled:     true,
		UnmappedTax:           "fail",
		RetryAttempts:         10,
		Grace:                 time.Hour,
		Tolerance:             decimal.MustNew(1, 2),
		TimeZone:              "UTC",
	}
}

// SettingKeys lists the keys of all settings in their fixed order.
func SettingKeys() []SettingKey {
	keys := make([]SettingKey, len(settingTable))
	for n, row := range settingTable {
		keys[n] = row.key
	}
	return keys
}

// Set changes settings by key. It tells all faults at once and then changes
// nothing.
func (s Settings) Set(values map[string]string) (Settings, error) {
	out := s.clone()
	var faults []error
	for _, key := range slices.Sorted(maps.Keys(values)) {
		row := findSetting(SettingKey(key))
		if row == nil {
			faults = append(faults, fmt.Errorf("setting %q: no such setting; the keys are %s", key, join(SettingKeys())))
			continue
		}
		if err := row.set(&out, strings.TrimSpace(values[key])); err != nil {
			faults = append(faults, fmt.Errorf("setting %s = %q: %w", key, values[key], err))
		}
	}
	if len(faults) > 0 {
		return s, errors.Join(faults...)
	}
	return out, nil
}

// Get returns one setting as text. An unknown key is refused.
func (s Settings) Get(key SettingKey) (string, error) {
	row := findSetting(key)
	if row == nil {
		return "", fmt.Errorf("setting %q: no such setting; the keys are %s", key, join(SettingKeys()))
	}
	return row.get(&s), nil
}

// Values returns all settings as text, in their fixed order.
func (s Settings) Values() []SettingValue {
	def := DefaultSettings()
	values := make([]SettingValue, len(settingTable))
	for n, row := range settingTable {
		v := row.get(&s)
		values[n] = SettingValue{Key: row.key, Value: v, IsDefault: v == row.get(&def), Meaning: row.meaning}
	}
	return values
}

// Source returns the system that invoices flow from.
func (s *Settings) Source() System { return s.Direction.Source() }

// Location returns the workspace's time zone.
func (s *Settings) Location() *time.Location {
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil { // setTimeZone has checked it
		return time.UTC
	}
	return zone
}

func (s Settings) clone() Settings {
	s.StatusFilter = slices.Clone(s.StatusFilter)
	s.ProductFields = slices.Clone(s.ProductFields)
	s.TaxMapping = maps.Clone(s.TaxMapping)
	return s
}

func findSetting(key SettingKey) *setting {
	for n := range settingTable {
		if settingTable[n].key == key {
			return &settingTable[n]
		}
	}
	return nil
}

func boolGet(field func(*Settings) *bool) func(*Settings) string {
	return func(s *Settings) string { return strconv.FormatBool(*field(s)) }
}

func boolSet(field func(*Settings) *bool) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		switch strings.ToLower(v) {
		case "true", "on", "yes", "1":
			*field(s) = true
		case "false", "off", "no", "0":
			*field(s) = false
		default:
			return errors.New("want true or false")
		}
		return nil
	}
}

func choice(field func(*Settings) *string, allowed ...string) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		if !slices.Contains(allowed, v) {
			return fmt.Errorf("want one of %s", strings.Join(allowed, ", "))
		}
		*field(s) = v
		return nil
	}
}

func setDirection(d *Direction, v string) error {
	switch Direction(v) {
	case DirectionUnset, HubSpotToQuickBooks, QuickBooksToHubSpot:
		*d = Direction(v)
		return nil
	}
	return fmt.Errorf("want %s, %s or nothing", HubSpotToQuickBooks, QuickBooksToHubSpot)
}

func setStatusFilter(s *Settings, v string) error {
	allowed := []Status{StatusDraft, StatusOpen, StatusPaid, StatusVoided}
	return setList(&s.StatusFilter, v, allowed, false)
}

func setProductFields(s *Settings, v string) error {
	return setList(&s.ProductFields, v, []string{"name", "description", "price"}, true)
}

func setList[T ~string](list *[]T, v string, allowed []T, mayBeEmpty bool) error {
	var chosen []T
	for _, word := range split(v) {
		if !slices.Contains(allowed, T(word)) {
			return fmt.Errorf("%q: want any of %s, joined by commas", word, join(allowed))
		}
	}
	for _, a := range allowed { // fixed order, no doubles
		if slices.Contains(split(v), string(a)) {
			chosen = append(chosen, a)
		}
	}
	if len(chosen) == 0 && !mayBeEmpty {
		return fmt.Errorf("want at least one of %s", join(allowed))
	}
	*list = chosen
	return nil
}

func setEmailMatch(s *Settings, v string) error {
	switch EmailMatch(v) {
	case EmailExact, EmailNormalized:
		s.EmailMatch = EmailMatch(v)
		return nil
	}
	return errors.New("want exact or normalized")
}

func getTaxMapping(s *Settings) string {
	pairs := make([]string, 0, len(s.TaxMapping))
	for _, rate := range slices.SortedFunc(maps.Keys(s.TaxMapping), CompareIDs) {
		pairs = append(pairs, rate+"="+s.TaxMapping[rate])
	}
	return strings.Join(pairs, ",")
}

func setTaxMapping(s *Settings, v string) error {
	mapping := map[string]string{}
	for _, pair := range split(v) {
		rate, code, ok := strings.Cut(pair, "=")
		rate, code = strings.TrimSpace(rate), strings.TrimSpace(code)
		if !ok || rate == "" || code == "" {
			return fmt.Errorf("%q: want HUBSPOT_RATE_ID=QUICKBOOKS_TAX_CODE", pair)
		}
		if _, twice := mapping[rate]; twice {
			return fmt.Errorf("rate %s is mapped twice", rate)
		}
		mapping[rate] = code
	}
	s.TaxMapping = mapping
	return nil
}

func setUnmappedTax(s *Settings, v string) error {
	if code, ok := strings.CutPrefix(v, "default:"); v == "TAX" || v == "NON" || v == "fail" || (ok && code != "") {
		s.UnmappedTax = v
		return nil
	}
	return errors.New("want default:CODE, TAX, NON or fail")
}

func setRetryAttempts(s *Settings, v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > 100 {
		return errors.New("want a whole number from 0 to 100")
	}
	s.RetryAttempts = n
	return nil
}

func setStartDate(s *Settings, v string) error {
	if v == "" {
		s.StartDate = Date{}
		return nil
	}
	d, err := ParseDate(v)
	if err != nil {
		return errors.New("want YYYY-MM-DD or nothing")
	}
	s.StartDate = d
	return nil
}

func setGrace(s *Settings, v string) error {
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 || d > 90*24*time.Hour {
		return errors.New("want a duration from 0 to 2160h, such as 1h or 30m")
	}
	s.Grace = d
	return nil
}

func setTolerance(s *Settings, v string) error {
	d, err := decimal.Parse(v)
	if err != nil || d.IsNeg() {
		return errors.New("want an amount such as 0.01, not negative")
	}
	s.Tolerance = d
	return nil
}

func setTimeZone(s *Settings, v string) error {
	if v == "" || v == "Local" {
		return errors.New("want an IANA zone such as Europe/Berlin")
	}
	if _, err := time.LoadLocation(v); err != nil {
		return errors.New("no such IANA zone; want one such as Europe/Berlin")
	}
	s.TimeZone = v
	return nil
}

// duration prints 1h0m0s as 1h.
func duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

func split(v string) []string {
	var words []string
	for word := range strings.SplitSeq(v, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

func join[T ~string](list []T) string {
	words := make([]string, len(list))
	for n, v := range list {
		words[n] = string(v)
	}
	return strings.Join(words, ",")
}
