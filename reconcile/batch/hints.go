package batch

import (
	"context"
	"errors"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// hear notes which hints the pull of the system takes: those that are filed now.
func (p *puller) hear(ctx context.Context) (err error) {
	if p.Hints != nil {
		p.filings, err = p.Hints.Filings(ctx, p.source.System())
	}
	return err
}

// heed adds to what is wanted the records that events told of since the last complete
// pull. Where there were more than are kept, everything is wanted, for that reason.
func (p *pulling) heed(ctx context.Context, hinted int64, want *connectors.Want) (reason string, err error) {
	if p.Hints == nil {
		return "", nil
	}
	told, err := p.Hints.HintsAfter(ctx, p.source.System(), p.object, hinted)
	if err != nil {
		return "", err
	}
	var lines reconcile.Hints
	if p.object == reconcile.ObjectInvoices {
		if lines, err = p.Hints.HintsAfter(ctx, p.source.System(), reconcile.ObjectLineItems, hinted); err != nil {
			return "", err
		}
	}
	if told.Flooded || lines.Flooded {
		if claimed, broken := p.count(ctx); broken == nil && claimed == 0 {
			return "", nil // nothing is left to look at, and a list that is empty would prove nothing
		}
		*want = connectors.Want{Object: p.object}
		return "more events came than are kept one by one", nil
	}
	want.Also, want.Lines = told.IDs, lines.IDs
	return "", nil
}

// changed reads the pages of a pull of changes. An event is a hint only: where the
// system has no answer that can be understood, it is asked again without them.
func (p *pulling) changed(ctx context.Context, want connectors.Want, aside int) (broken, err error) {
	p.cert.Since, p.cert.Aside, p.cert.Hints = want.Since, aside, len(want.Also)+len(want.Lines)
	broken, err = p.pages(ctx, want, nil)
	if err != nil || p.cert.Hints == 0 || !errors.Is(broken, connectors.ErrBroken) && !errors.Is(broken, connectors.ErrNotFound) {
		return broken, err
	}
	p.Log.Warn("pulled without hints", "run", p.run, "system", p.cert.System, "object", p.object, "hints", p.cert.Hints, "error", broken)
	p.certify(p.cert.Calls)
	return p.changed(ctx, connectors.Want{Object: want.Object, Since: want.Since}, aside)
}
