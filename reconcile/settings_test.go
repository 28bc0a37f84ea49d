package reconcile

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// wantKeys are the settings as the product lists them.
const wantKeys = "invoices_enabled direction status_filter skip_integration_source sync_void email_match create_customers create_products " +
	"products_enabled products_direction product_fields tax_mapping_enabled tax_mapping unmapped_tax retry_attempts start_date grace tolerance time_zone"

func TestDefaults(t *testing.T) {
	want := map[SettingKey]string{
		"invoices_enabled": "false", "direction": "", "status_filter": "open,paid", "skip_integration_source": "true", "sync_void": "propose", "email_match": "exact",
		"create_customers": "false", "create_products": "false", "products_enabled": "false", "tax_mapping_enabled": "true", "tax_mapping": "", "unmapped_tax": "fail",
		"retry_attempts": "10", "start_date": "", "grace": "1h", "tolerance": "0.01", "time_zone": "UTC", "products_direction": "", "product_fields": "name,description,price",
	}
	if got := join(SettingKeys()); got != strings.ReplaceAll(wantKeys, " ", ",") {
		t.Errorf("keys %s", got)
	}
	for _, v := range DefaultSettings().Values() {
		if v.Value != want[v.Key] || !v.IsDefault || v.Meaning == "" {
			t.Errorf("%+v, want %q", v, want[v.Key])
		}
	}
	if s := DefaultSettings(); s.Source() != HubSpot || s.Location() != time.UTC {
		t.Error("without a direction HubSpot is the source")
	}
}

func TestSet(t *testing.T) {
	for _, tt := range []struct{ key, value, want string }{
		{"invoices_enabled", "TRUE", "true"}, {"invoices_enabled", " on ", "true"}, {"invoices_enabled", "1", "true"}, {"skip_integration_source", "No", "false"},
		{"direction", "quickbooks_to_hubspot", "quickbooks_to_hubspot"}, {"direction", "", ""},
		{"status_filter", "paid, open,paid", "open,paid"}, {"status_filter", "voided,draft,paid,open", "draft,open,paid,voided"},
		{"sync_void", "off", "off"}, {"email_match", "normalized", "normalized"}, {"create_customers", "yes", "true"}, {"create_products", "true", "true"},
		{"products_enabled", "true", "true"}, {"products_direction", "hubspot_to_quickbooks", "hubspot_to_quickbooks"}, {"product_fields", "price,name", "name,price"}, {"product_fields", "", ""},
		{"tax_mapping_enabled", "false", "false"}, {"tax_mapping", "10=TAX, 9 = 5", "9=5,10=TAX"}, {"tax_mapping", "", ""},
		{"unmapped_tax", "default:5", "default:5"}, {"unmapped_tax", "NON", "NON"}, {"retry_attempts", "0", "0"}, {"retry_attempts", "100", "100"},
		{"start_date", "2026-01-31", "2026-01-31"}, {"start_date", " ", ""}, {"grace", "90m", "1h30m"}, {"grace", "0", "0s"}, {"grace", "30s", "30s"}, {"grace", "24h0m0s", "24h"}, {"grace", "10m", "10m"},
		{"tolerance", "0", "0"}, {"tolerance", "0.05", "0.05"}, {"time_zone", "America/Sao_Paulo", "America/Sao_Paulo"},
	} {
		s, err := DefaultSettings().Set(map[string]string{tt.key: tt.value})
		if err != nil {
			t.Errorf("%s=%q: %v", tt.key, tt.value, err)
			continue
		}
		if got, err := s.Get(SettingKey(tt.key)); got != tt.want || err != nil {
			t.Errorf("%s=%q is %q, %v; want %q", tt.key, tt.value, got, err, tt.want)
		}
		checkRoundTrip(t, s)
	}
}

// checkRoundTrip: what Values prints, Set reads back to the same settings.
func checkRoundTrip(t failer, s Settings) {
	t.Helper()
	values := map[string]string{}
	for _, v := range s.Values() {
		values[string(v.Key)] = v.Value
	}
	back, err := DefaultSettings().Set(values)
	if err != nil {
		t.Errorf("%v: %v", values, err)
		return
	}
	for n, v := range back.Values() {
		if want := s.Values()[n]; v != want {
			t.Errorf("%+v became %+v", want, v)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	for _, tt := range [][2]string{
		{"nonsense", "1"}, {"invoices_enabled", "maybe"}, {"direction", "both"}, {"direction", "HUBSPOT_TO_QUICKBOOKS"}, {"status_filter", ""}, {"status_filter", "open,closed"}, {"status_filter", ","},
		{"sync_void", "apply"}, {"email_match", "fuzzy"}, {"product_fields", "sku"}, {"tax_mapping", "7"}, {"tax_mapping", "=5"}, {"tax_mapping", "7="}, {"tax_mapping", "7=5,7=6"},
		{"unmapped_tax", "default:"}, {"unmapped_tax", "default: "}, {"unmapped_tax", "tax"}, {"retry_attempts", "-1"}, {"retry_attempts", "101"}, {"retry_attempts", "1.5"}, {"retry_attempts", ""},
		{"start_date", "01.02.2026"}, {"start_date", "2026-02-30"}, {"grace", "-1h"}, {"grace", "1 hour"}, {"grace", "2161h"}, {"grace", ""},
		{"tolerance", "-0.01"}, {"tolerance", "a cent"}, {"tolerance", ""}, {"time_zone", ""}, {"time_zone", "Local"}, {"time_zone", "Mars/Olympus"}, {"time_zone", "../etc/passwd"},
	} {
		s, err := DefaultSettings().Set(map[string]string{tt[0]: tt[1]})
		if err == nil {
			t.Errorf("%s=%q is taken", tt[0], tt[1])
			continue
		}
		if !strings.Contains(err.Error(), tt[0]) || !strings.Contains(err.Error(), "want") && !strings.Contains(err.Error(), "twice") && !strings.Contains(err.Error(), "the keys are") {
			t.Errorf("%s=%q: %v; want the key and what is legal", tt[0], tt[1], err)
		}
		if !reflect.DeepEqual(s, DefaultSettings()) {
			t.Errorf("%s=%q changed something", tt[0], tt[1])
		}
	}
	if _, err := DefaultSettings().Get("nonsense"); err == nil {
		t.Error("an unknown key is read")
	}
}

// TestSetTellsAllFaults: all at once, and then nothing is changed.
func TestSetTellsAllFaults(t *testing.T) {
	s, err := DefaultSettings().Set(map[string]string{"direction": "both", "grace": "soon", "create_products": "true", "tolerance": "x"})
	if err == nil || !reflect.DeepEqual(s, DefaultSettings()) {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, key := range []string{"direction", "grace", "tolerance"} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("%v does not name %s", err, key)
		}
	}
	if lines := strings.Count(err.Error(), "\n"); lines != 2 {
		t.Errorf("%d line breaks in %v", lines, err)
	}
}

// TestSetLeavesItsReceiver: settings are values; a change makes new ones.
func TestSetLeavesItsReceiver(t *testing.T) {
	s := with(DefaultSettings(), "tax_mapping", "7=17")
	with(s, "tax_mapping", "7=18", "status_filter", "draft", "product_fields", "")
	if s.TaxMapping["7"] != "17" || join(s.StatusFilter) != "open,paid" || len(s.ProductFields) != 3 {
		t.Errorf("%+v", s)
	}
}

// TestEnvironmentForm takes values as the environment spells them.
func TestEnvironmentForm(t *testing.T) {
	values := map[string]string{}
	for _, key := range SettingKeys() {
		name := "TIEOUT_SYNC_" + strings.ToUpper(string(key))
		t.Setenv(name, map[string]string{"TIEOUT_SYNC_DIRECTION": "hubspot_to_quickbooks", "TIEOUT_SYNC_STATUS_FILTER": "open,paid", "TIEOUT_SYNC_GRACE": "2h"}[name])
		if v := os.Getenv(name); v != "" {
			values[string(key)] = v
		}
	}
	s, err := DefaultSettings().Set(values)
	if err != nil || s.Direction != HubSpotToQuickBooks || s.Grace != 2*time.Hour || s.Source() != HubSpot {
		t.Errorf("%+v, %v", s, err)
	}
}

func FuzzSet(f *testing.F) {
	for _, v := range DefaultSettings().Values() {
		f.Add(string(v.Key), v.Value)
	}
	f.Add("tax_mapping", "7=17=3,8= x ")
	f.Add("tolerance", "1e-3")
	f.Add("grace", "1h0m0.5s")
	f.Fuzz(func(t *testing.T, key, value string) {
		s, err := DefaultSettings().Set(map[string]string{key: value})
		if err != nil {
			if !reflect.DeepEqual(s, DefaultSettings()) {
				t.Errorf("%q=%q is refused, and yet changes something", key, value)
			}
			return
		}
		checkRoundTrip(t, s)
	})
}
