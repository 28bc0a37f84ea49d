package quickbookssim

import "time"

// What CompanyInfo and Preferences say while a posting is made.

// A settings reads the two singletons of the company.
type settings struct {
	info, preferences *object
}

func (p *posting) settings() settings {
	if p.set.info == nil {
		p.set = settings{p.only("CompanyInfo"), p.only("Preferences")}
	}
	return p.set
}

// only returns the one entity of a kind that has one.
func (p *posting) only(name string) *object {
	t := p.tables[name]
	return p.find(t, t.rows[0].id)
}

// american reports whether sales tax is that of the United States: codes TAX and
// NON on lines, a code for the whole.
func (s settings) american() bool {
	country := s.info.text("Country")
	return country == "" || country == "US"
}

// is reports whether a preference is set.
func (s settings) is(group, name string) bool {
	return s.preferences.child(group).text(name) == "true"
}

func (s settings) homeCurrency() string {
	if home := s.preferences.child("CurrencyPrefs").ref("HomeCurrency"); home != "" {
		return home
	}
	return "USD"
}

func (s settings) manyCurrencies() bool { return s.is("CurrencyPrefs", "MultiCurrencyEnabled") }

// booksClosed is the last day of the closed books, "" where none is closed.
func (s settings) booksClosed() string {
	return s.preferences.child("AccountingInfoPrefs").text("BookCloseDate")
}

// today is the day in the company's zone, Pacific where it names none.
func (p *posting) today() string {
	zone, err := time.LoadLocation(p.settings().info.text("DefaultTimeZone"))
	if err != nil || p.settings().info.text("DefaultTimeZone") == "" {
		zone = p.pacific
	}
	return p.at.In(zone).Format(time.DateOnly)
}

// currencyNames are the names of currencies in references.
var currencyNames = map[string]string{
	"USD": "United States Dollar", "CAD": "Canadian Dollar", "EUR": "Euro", "GBP": "British Pound Sterling",
	"AUD": "Australian Dollar", "JPY": "Japanese Yen", "MXN": "Mexican Peso", "NZD": "New Zealand Dollar",
	"CHF": "Swiss Franc", "INR": "Indian Rupee",
}

// currencyRef returns the reference to a currency.
func currencyRef(code string) *object {
	return refTo(code, currencyNames[code])
}

// refTo makes a reference; without a name it has none.
func refTo(id, name string) *object {
	o := &object{members: []member{{"value", id}}}
	if name != "" {
		o.set("name", name)
	}
	return o
}
