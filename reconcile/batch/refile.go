package batch

import (
	"context"
	"slices"

	"github.com/tieout/tieout/reconcile"
)

// refile files the invoices anew that were filed under another basis, and those of rows.
func (k *comparer) refile(ctx context.Context, rows []int64) error {
	for _, system := range reconcile.Systems {
		if err := k.refileStale(ctx, system); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(rows, chunk) {
		invoices, err := k.Mirror.Invoices(ctx, part)
		if err != nil {
			return err
		}
		stale := make([]reconcile.StaleInvoice, len(part))
		for n := range part {
			stale[n] = reconcile.StaleInvoice{Row: part[n], Invoice: invoices[n]}
		}
		if err := k.fileAnew(ctx, stale); err != nil {
			return err
		}
	}
	return nil
}

// moved returns the rows of the invoices that point at masters which have come or gone,
// or whose SKU, e-mail or name is another now.
func (k *comparer) moved(ctx context.Context, changed *reconcile.MasterChanges) ([]int64, error) {
	var rows []int64
	for _, s := range reconcile.Systems {
		for _, of := range []struct {
			object reconcile.Object
			ids    []string
		}{
			{reconcile.ObjectProducts, changed.MovedProducts(s)},
			{reconcile.ObjectCustomers, append(changed.MovedCustomers(s, false), changed.MovedCustomers(s, true)...)},
		} {
			if len(of.ids) == 0 {
				continue
			}
			found, err := k.Changes.Pointing(ctx, s, of.object, of.ids)
			if err != nil {
				return nil, err
			}
			rows = append(rows, found...)
		}
	}
	slices.Sort(rows)
	return slices.Compact(rows), nil
}

func (k *comparer) refileStale(ctx context.Context, s reconcile.System) error {
	var stale []reconcile.StaleInvoice
	for next, err := range k.Mirror.Stale(ctx, s, k.settings.Basis()) {
		if err != nil {
			return err
		}
		if stale = append(stale, next); len(stale) < chunk {
			continue
		}
		if err := k.fileAnew(ctx, stale); err != nil {
			return err
		}
		stale = stale[:0]
	}
	return k.fileAnew(ctx, stale)
}

// fileAnew makes and stores the entries of invoices again.
func (k *comparer) fileAnew(ctx context.Context, stale []reconcile.StaleInvoice) error {
	if len(stale) == 0 {
		return nil
	}
	invoices := make([]reconcile.Invoice, len(stale))
	for n := range stale {
		invoices[n] = stale[n].Invoice
	}
	masters, err := k.mastersFor(ctx, invoices)
	if err != nil {
		return err
	}
	entries := make([]reconcile.Entry, len(stale))
	for n, of := range stale {
		entries[n] = masters.File(of.Invoice)
		entries[n].Row = of.Row
	}
	return k.Mirror.Refile(ctx, k.run.ID, entries, k.settings.Basis())
}

// mastersFor returns the masters that invoices are filed with.
func (k *comparer) mastersFor(ctx context.Context, invoices []reconcile.Invoice) (*reconcile.Masters, error) {
	if k.masters != nil {
		return k.masters, nil
	}
	data, err := k.Mirror.MastersFor(ctx, invoices)
	if err != nil {
		return nil, err
	}
	return reconcile.NewMasters(data, k.settings), nil
}
