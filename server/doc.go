// Package server is Tieout over HTTP: the GraphQL API with its explorer page, a
// status page, downloads of workbooks, and health.
//
// There is no sign-in yet, so it keeps to the machine it runs on: Listen refuses
// any address but loopback ones, and New answers only requests that name such a
// host, because a web page elsewhere can point its own name at this machine. A
// request that a browser sends from another origin is refused as well. Webhooks alone
// may be reached under another name, through a proxy: their messages are signed.
//
// Nothing is loaded from elsewhere, no answer is stored, and every answer says
// so in its headers. The log has one line a request, with its id and route, never
// with what was asked or answered.
package server
