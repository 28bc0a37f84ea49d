package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
)

// SignIns begin and end the sign-ins to the systems, and know what the configuration
// says of them.
type SignIns interface {
	// Access is what the configuration says of a system.
	Access(s reconcile.System) Access
	// Begin begins a sign-in. It returns the address to send a person to, and until
	// when the sign-in can be finished.
	Begin(ctx context.Context, by reconcile.Actor, s reconcile.System) (address string, expires time.Time, err error)
	// Disconnect ends a sign-in and forgets its tokens; unrevoked says why the vendor
	// did not hear of it. Where there is no sign-in it returns reconcile.ErrNotFound
	// or reconcile.ErrNotConnected.
	Disconnect(ctx context.Context, s reconcile.System) (unrevoked, err error)
}

// Access is what the configuration says of a system.
type Access struct {
	// Token says that runs use a token of the configuration, and no sign-in.
	Token bool
	// NoApp says why no sign-in can be begun; nil when one can.
	NoApp error
	// Metered says that reads are counted by month, Limit how many a month are sent;
	// 0: any number.
	Metered bool
	Limit   int
}

type (
	connection      struct{ Config }
	connectionEvent struct{ Config }
)

func (r root) Connection() generated.ConnectionResolver           { return connection(r) }
func (r root) ConnectionEvent() generated.ConnectionEventResolver { return connectionEvent(r) }

// Connections resolves Query.connections.
func (q query) Connections(ctx context.Context) ([]wire.SystemConnection, error) {
	list := make([]wire.SystemConnection, len(reconcile.Systems))
	for n, system := range reconcile.Systems {
		conn, err := q.connection(ctx, system)
		if err != nil {
			return nil, err
		}
		list[n] = *conn
	}
	return list, nil
}

// connection tells how a system is reached. Another than the two is
// reconcile.ErrNotFound.
func (c Config) connection(ctx context.Context, system reconcile.System) (*wire.SystemConnection, error) {
	if !slices.Contains(reconcile.Systems[:], system) {
		return nil, reconcile.ErrNotFound
	}
	stored, err := c.Repo.Connections(ctx)
	if err != nil {
		return nil, err
	}
	signIn := reconcile.Connection{System: system, State: reconcile.Disconnected}
	for _, conn := range stored {
		if conn.System == system {
			signIn = conn
		}
	}
	if signIn.CompanyID == "" {
		company, err := c.Repo.Company(ctx, system)
		if unlessNotFound(err) != nil {
			return nil, err
		}
		signIn.CompanyID, signIn.CompanyName = company.ID, company.Name
	}
	via := wire.ViaSignIn
	switch {
	case c.SignIns.Access(system).Token:
		via = wire.ViaToken
	case signIn.State == reconcile.Disconnected:
		via = wire.ViaNone
	}
	shown := wire.NewSystemConnection(c.id(typeConnection, string(system)), via, signIn, c.Now())
	return &shown, nil
}

// Events resolves Connection.events.
func (c connection) Events(ctx context.Context, obj *wire.SystemConnection, first int) ([]reconcile.ConnectionEvent, error) {
	page, err := wire.NewPage(first, nil, "connectionEvents")
	if err != nil {
		return nil, err
	}
	return c.Repo.ConnectionEvents(ctx, obj.System, page.First)
}

// Detail resolves ConnectionEvent.detail.
func (c connectionEvent) Detail(_ context.Context, obj *reconcile.ConnectionEvent) (*string, error) {
	return wire.TextOrNull(obj.Detail), nil
}

// Reads resolves Connection.reads.
func (c connection) Reads(ctx context.Context, obj *wire.SystemConnection) (*generated.MonthlyReads, error) {
	access := c.SignIns.Access(obj.System)
	if !access.Metered {
		return nil, nil
	}
	month, next := reconcile.QuotaMonth(c.Now())
	used, err := c.Repo.Spend(ctx, obj.System, month, 0)
	reads := &generated.MonthlyReads{Used: used, ResetsAt: next}
	if access.Limit > 0 {
		reads.Limit = &access.Limit
	}
	return reads, err
}

// AvailableActions resolves Connection.availableActions.
func (c connection) AvailableActions(_ context.Context, obj *wire.SystemConnection) ([]generated.AvailableConnectionAction, error) {
	var noApp, there, gone []generated.DisabledReason
	if err := c.SignIns.Access(obj.System).NoApp; err != nil {
		noApp = append(noApp, generated.DisabledReason{Code: generated.DisabledReasonCodeAppNotSetUp, Message: err.Error()})
	}
	if obj.State == reconcile.Disconnected {
		gone = append(gone, generated.DisabledReason{Code: generated.DisabledReasonCodeNotConnected, Message: noSignIn(obj.System)})
	} else {
		message := "there is a sign-in to " + obj.System.Title() + " already; reconnect to renew it"
		there = append(there, generated.DisabledReason{Code: generated.DisabledReasonCodeAlreadyConnected, Message: message})
	}
	action := func(a generated.ConnectionAction, reasons ...generated.DisabledReason) generated.AvailableConnectionAction {
		return generated.AvailableConnectionAction{Action: a, Enabled: len(reasons) == 0, DisabledReasons: append([]generated.DisabledReason{}, reasons...)}
	}
	return []generated.AvailableConnectionAction{
		action(generated.ConnectionActionConnect, slices.Concat(there, noApp)...),
		action(generated.ConnectionActionReconnect, slices.Concat(gone, noApp)...),
		action(generated.ConnectionActionDisconnect, gone...),
	}, nil
}

func noSignIn(s reconcile.System) string { return "there is no sign-in to " + s.Title() }

// ConnectionStart resolves Mutation.connectionStart.
func (m mutation) ConnectionStart(ctx context.Context, input generated.ConnectionStartInput) (*generated.ConnectionStartPayload, error) {
	payload := &generated.ConnectionStartPayload{ClientMutationID: input.ClientMutationID, UserErrors: oneSystem(input.System)}
	if len(payload.UserErrors) > 0 {
		return payload, nil
	}
	if err := m.SignIns.Access(input.System).NoApp; err != nil {
		payload.UserErrors = append(payload.UserErrors, systemError(generated.UserErrorCodeAppNotSetUp, err.Error()))
		return payload, nil
	}
	address, expires, err := m.SignIns.Begin(ctx, m.Actor, input.System)
	if err != nil {
		return nil, err
	}
	payload.AuthorizeURL, payload.ExpiresAt = &address, &expires
	return payload, nil
}

// ConnectionDisconnect resolves Mutation.connectionDisconnect.
func (m mutation) ConnectionDisconnect(ctx context.Context, input generated.ConnectionDisconnectInput) (*generated.ConnectionDisconnectPayload, error) {
	payload := &generated.ConnectionDisconnectPayload{
		ClientMutationID: input.ClientMutationID, UserErrors: oneSystem(input.System), Warnings: []generated.UserError{},
	}
	if len(payload.UserErrors) > 0 {
		return payload, nil
	}
	unrevoked, err := m.SignIns.Disconnect(ctx, input.System)
	if errors.Is(err, reconcile.ErrNotFound) || errors.Is(err, reconcile.ErrNotConnected) {
		payload.UserErrors = append(payload.UserErrors, systemError(generated.UserErrorCodeNotConnected, noSignIn(input.System)))
		return payload, nil
	}
	if err != nil {
		return nil, err
	}
	if unrevoked != nil {
		message := fmt.Sprintf("the sign-in could not be revoked at %s (%v): remove the app there; its tokens are forgotten here", input.System.Title(), unrevoked)
		payload.Warnings = append(payload.Warnings, systemError(generated.UserErrorCodeNotRevoked, message))
	}
	payload.Connection, err = m.connection(ctx, input.System)
	return payload, err
}

// oneSystem refuses what is not one system.
func oneSystem(s reconcile.System) []generated.UserError {
	if s == reconcile.Both {
		return []generated.UserError{systemError(generated.UserErrorCodeInputInvalid, "want hubspot or quickbooks")}
	}
	return []generated.UserError{}
}

func systemError(code generated.UserErrorCode, message string) generated.UserError {
	return generated.UserError{Code: code, Message: message, Path: []string{"input", "system"}}
}
