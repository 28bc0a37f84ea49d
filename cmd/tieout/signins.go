package main

import (
	"context"
	"net"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/graph"
	"github.com/tieout/tieout/reconcile"
)

// signIns begins and ends sign-ins for the API. Their callback is the server's own.
type signIns struct {
	cfg      *config
	store    *store
	redirect string
}

// ownCallback is the redirect address of a server on a listener. The usual addresses are
// named localhost: both vendors take plain HTTP for that name only, Intuit for sandbox
// companies only (https://developers.hubspot.com/changelog/2018-03-05-oauth2-redirect-uri-served-over-http-localhost,
// https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/set-redirect-uri).
func ownCallback(l net.Listener) string {
	if at, ok := l.Addr().(*net.TCPAddr); ok && (at.IP.Equal(net.IPv4(127, 0, 0, 1)) || at.IP.Equal(net.IPv6loopback)) {
		return callbackAddress("localhost:0", l)
	}
	return callbackAddress(l.Addr().String(), l)
}

// Access implements graph.SignIns.
func (i signIns) Access(s reconcile.System) graph.Access {
	return graph.Access{
		Token: i.cfg.token(s) != "", NoApp: i.cfg.app(s).Check(),
		Metered: s == reconcile.QuickBooks, Limit: i.cfg.Budget,
	}
}

// Begin implements graph.SignIns.
func (i signIns) Begin(ctx context.Context, by reconcile.Actor, s reconcile.System) (address string, expires time.Time, err error) {
	sealer, err := i.store.vault(ctx, i.cfg)
	if err != nil {
		return "", time.Time{}, err
	}
	expires = now().Add(connectors.AuthorizationLife)
	address, _, err = i.cfg.signIn(sealer, i.store.Repo).Begin(ctx, by, s, i.redirect)
	return address, expires, err
}

// revokeTime bounds waiting for the vendor, so that an answer can still be given.
const revokeTime = graph.Timeout / 2

// Disconnect implements graph.SignIns.
func (i signIns) Disconnect(ctx context.Context, s reconcile.System) (unrevoked, err error) {
	ctx, cancel := context.WithTimeout(ctx, revokeTime)
	defer cancel()
	return i.store.disconnect(ctx, i.cfg, s)
}
