import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from '@hubspot/api-client'
import { app, consent, start } from './sandbox.js'

const { hubspot } = await start('-consent')
const anonymous = new Client({ basePath: hubspot.url })
const scopes = 'oauth crm.objects.contacts.read crm.objects.invoices.read'

async function signedIn() {
  const back = await consent(anonymous.oauth.getAuthorizationUrl(app.id, app.redirect, scopes, 'tax_rates.read', 'a-state'), hubspot)
  assert.equal(back.origin + back.pathname, app.redirect)
  assert.equal(back.searchParams.get('state'), 'a-state')
  return anonymous.oauth.tokensApi.create('authorization_code', back.searchParams.get('code'), app.redirect, app.id, app.secret)
}

const refreshed = refresh => anonymous.oauth.tokensApi.create('refresh_token', undefined, undefined, app.id, app.secret, refresh)
const as = accessToken => new Client({ basePath: hubspot.url, accessToken })
const read = accessToken => as(accessToken).crm.contacts.basicApi.getPage(1)

test('HubSpot: a consent becomes tokens that open the portal', async () => {
  const tokens = await signedIn()
  assert.deepEqual([tokens.tokenType, tokens.expiresIn], ['bearer', 1800])
  assert.equal((await read(tokens.accessToken)).results.length, 1)
})

test('HubSpot: a consent is asked for without a state and without optional scopes', async () => {
  const back = await consent(anonymous.oauth.getAuthorizationUrl(app.id, app.redirect, scopes), hubspot)
  assert.ok(back.searchParams.get('code'))
  assert.equal(back.searchParams.get('state'), null)
})

test('HubSpot: a code is good once', async () => {
  const back = await consent(anonymous.oauth.getAuthorizationUrl(app.id, app.redirect, scopes, undefined, 's'), hubspot)
  const exchange = () => anonymous.oauth.tokensApi.create('authorization_code', back.searchParams.get('code'), app.redirect, app.id, app.secret)
  await exchange()
  await assert.rejects(exchange(), error => error.code === 400 && error.body.status === 'BAD_AUTH_CODE')
})

test('HubSpot: 401, a refresh, and again', async () => {
  const tokens = await signedIn()
  await hubspot.strike({ effect: 'dead_token', times: 1, path: '/contacts' })
  await assert.rejects(read(tokens.accessToken), error => error.code === 401 && error.body.category === 'EXPIRED_AUTHENTICATION')
  const again = await refreshed(tokens.refreshToken)
  assert.notEqual(again.accessToken, tokens.accessToken)
  assert.equal((await read(again.accessToken)).results.length, 1)
})

test('HubSpot: tokens tell whose they are', async () => {
  const tokens = await signedIn()
  const access = await anonymous.oauth.accessTokensApi.get(tokens.accessToken)
  assert.deepEqual([access.token, access.tokenType], [tokens.accessToken, 'access'])
  assert.deepEqual(new Set(access.scopes), new Set([...scopes.split(' '), 'tax_rates.read']))
  const refresh = await anonymous.oauth.refreshTokensApi.get(tokens.refreshToken)
  assert.deepEqual([refresh.token, refresh.clientId, refresh.hubId], [tokens.refreshToken, app.id, access.hubId])
  assert.ok(access.hubId > 0)
})

test('HubSpot: a deleted refresh token is good for nothing', async () => {
  const tokens = await signedIn()
  await anonymous.oauth.refreshTokensApi.archive(tokens.refreshToken)
  await assert.rejects(refreshed(tokens.refreshToken), error => {
    assert.equal(error.code, 400)
    assert.equal(error.body.status, 'BAD_REFRESH_TOKEN')
    return true
  })
})

test('HubSpot: a wrong secret is refused', async () => {
  const tokens = await signedIn()
  await assert.rejects(anonymous.oauth.tokensApi.create('refresh_token', undefined, undefined, app.id, 'wrong', tokens.refreshToken), error => error.code === 400)
})
