package deliver

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tieout/tieout/reconcile"
)

// underWay is a store whose one run has not ended.
type underWay struct{ Store }

func (underWay) Run(context.Context, reconcile.RunID) (reconcile.Run, error) {
	return reconcile.Run{ID: 7, State: reconcile.RunComparing}, nil
}

// TestRunUnderWay: there is no workbook of a run that has not ended, which the API
// tells as a record that does not exist, not as a fault of its own.
func TestRunUnderWay(t *testing.T) {
	p := &Publisher{Store: underWay{}, Dir: t.TempDir()}
	_, mismatches := p.Mismatches(t.Context(), "local:ann", 7, "")
	_, sku := p.SKU(t.Context(), "local:ann", 7, "")
	for _, err := range []error{mismatches, sku} {
		if !errors.Is(err, reconcile.ErrNotFound) || !strings.Contains(err.Error(), "run 7 has not ended (COMPARING)") {
			t.Errorf("%v, want ErrNotFound and why", err)
		}
	}
}
