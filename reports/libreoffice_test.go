package reports

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// alwaysRecalculate is a profile's setting: by default LibreOffice shows the
// values that it finds in a file.
const alwaysRecalculate = `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
`

// recalculated lets LibreOffice open a workbook, compute it anew and save it.
func recalculated(t *testing.T, raw []byte) *written {
	t.Helper()
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Fatal("soffice is missing, by which a second program checks the formulas; install it with: apt-get install libreoffice-calc-nogui")
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	if err := os.MkdirAll(filepath.Join(dir, "profile", "user"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"book.xlsx": raw, "profile/user/registrymodifications.xcu": []byte(alwaysRecalculate),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, soffice, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"),
		"--headless", "--convert-to", "xlsx", "--outdir", out, filepath.Join(dir, "book.xlsx"))
	if told, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, told)
	}
	converted, err := os.ReadFile(filepath.Join(out, "book.xlsx"))
	if err != nil {
		t.Fatalf("soffice could not read the workbook: %v", err)
	}
	return open(t, converted, Summary{})
}

// TestLibreOffice: another program reads the workbook, and its own arithmetic
// comes to the same checks.
func TestLibreOffice(t *testing.T) {
	ours := write(t, sample())
	theirs := recalculated(t, ours.bytes)
	if got, want := strings.Join(theirs.GetSheetList(), "|"), strings.Join(ours.GetSheetList(), "|"); got != want {
		t.Errorf("sheets %s, want %s", got, want)
	}
	all := theirs.ties()
	for currency, rows := range ours.ties() {
		if len(all[currency]) != len(rows) {
			t.Fatalf("%s: %d rows, want %d", currency, len(all[currency]), len(rows))
		}
		for _, r := range all[currency] {
			if r.live != "0" || r.written != "0" || r.tick != "OK" || r.cause == "" {
				t.Errorf("%s %s: %+v", currency, r.label, r)
			}
		}
	}
	const sheet = "Only in one system"
	for _, at := range []string{"A5", "F5", "G5", "I5", "J5", "L5", "M5"} {
		if got, want := theirs.raw(sheet, at), ours.raw(sheet, at); got != want {
			t.Errorf("%s!%s = %q, want %q", sheet, at, got, want)
		}
	}
}

// TestLibreOfficeSeesAnEdit: the formulas are alive. Whoever changes an amount in
// scope is told by the cells that compare.
func TestLibreOfficeSeesAnEdit(t *testing.T) {
	ours := write(t, sample())
	rows := ours.ties()["USD"]
	month := rows[0].row - 8 // the first month in the first half of the block
	if got := ours.raw(sheetSummary, address(1, month)); got != rows[0].label {
		t.Fatalf("row %d is of %s, want %s", month, got, rows[0].label)
	}
	if err := ours.SetCellValue(sheetSummary, address(7, month), 1); err != nil {
		t.Fatal(err)
	}
	var edited bytes.Buffer
	if err := ours.Write(&edited); err != nil {
		t.Fatal(err)
	}
	for n, r := range recalculated(t, edited.Bytes()).ties()["USD"] {
		if differs := n == 0; (r.tick == "DIFFERS") != differs || (r.live == "0") == differs {
			t.Errorf("%s: %+v", r.label, r)
		}
	}
}
