import assert from 'node:assert/strict'
import { test } from 'node:test'
import OAuthClient from 'intuit-oauth'
import { app, consent, realm, start } from './sandbox.js'
import { fault, quickbooks } from './quickbooks.js'

const { quickbooks: simulator } = await start('-consent')

// intuit returns Intuit's client, told the simulator's addresses by its own setting.
function intuit(more) {
  const client = new OAuthClient({ clientId: app.id, clientSecret: app.secret, environment: 'sandbox', redirectUri: app.redirect, ...more })
  client.setAuthorizeURLs({
    authorizeEndpoint: `${simulator.url}/connect/oauth2`,
    tokenEndpoint: `${simulator.url}/oauth2/v1/tokens/bearer`,
    revokeEndpoint: `${simulator.url}/v2/oauth2/tokens/revoke`,
    userInfoEndpoint: `${simulator.url}/v1/openid_connect/userinfo`,
  })
  return client
}

async function signedIn({ scope = [OAuthClient.scopes.Accounting], ...more } = {}) {
  const client = intuit(more)
  const back = await consent(client.authorizeUri({ scope, state: 'a-state' }), simulator)
  assert.equal(back.searchParams.get('state'), 'a-state')
  assert.equal(back.searchParams.get('realmId'), realm)
  await client.createToken(back.href)
  return client
}

const read = client => client.makeApiCall({ url: `${simulator.url}/v3/company/${realm}/companyinfo/${realm}?minorversion=75` })

test('intuit-oauth: a consent becomes tokens that open the company', async () => {
  const client = await signedIn()
  const token = client.getToken()
  assert.deepEqual([token.token_type, token.expires_in, token.x_refresh_token_expires_in, token.realmId], ['bearer', 3600, 8726400, realm])
  assert.ok(client.isAccessTokenValid())
  const { json } = await read(client)
  assert.equal(json.CompanyInfo.Country, 'US')
})

test('intuit-oauth: the hard end of a consent is told to those who ask', async () => {
  assert.equal((await signedIn()).getToken().x_refresh_token_hard_expires_in, 0)
  const client = await signedIn({ includeRefreshTokenHardExpiresIn: true })
  assert.equal(client.getToken().x_refresh_token_hard_expires_in, 5 * 365 * 24 * 3600)
})

test('intuit-oauth: every answer names its request', async () => {
  const client = await signedIn()
  const answer = await client.refresh()
  assert.match(answer.getIntuitTid(), /^1-/)
})

test('intuit-oauth: 401, a refresh, and again', async () => {
  const client = await signedIn()
  const old = { ...client.getToken().getToken() }
  await simulator.strike({ effect: 'dead_token', times: 1, path: '/companyinfo/' })
  await assert.rejects(read(client), error => error.code === '401')
  await client.refresh()
  const { access_token: access, refresh_token: refresh } = client.getToken()
  assert.notEqual(access, old.access_token)
  assert.notEqual(refresh, old.refresh_token)
  assert.equal((await read(client)).json.CompanyInfo.Country, 'US')
})

test('intuit-oauth: the client asks again when the token endpoint is not there', async () => {
  const client = await signedIn()
  await simulator.strike({ effect: 'refuse', status: 503, path: '/tokens/bearer', times: 1 })
  await client.refresh()
  assert.equal((await read(client)).status, 200)
})

test('intuit-oauth: a refresh whose answer is lost takes the sign-in with it', async () => {
  const client = await signedIn()
  await simulator.strike({ effect: 'drop_after', path: '/tokens/bearer', times: 1 })
  await assert.rejects(client.refresh(), error => error.error === 'invalid_grant') // the client asked again by itself
})

test('intuit-oauth: a refresh token that is none is invalid_grant', async () => {
  await assert.rejects(intuit().refreshUsingToken('RT1-none'), error => {
    assert.equal(error.error, 'invalid_grant')
    assert.equal(error.authResponse.status(), 400)
    return true
  })
})

test('intuit-oauth: a wrong secret is refused', async () => {
  await assert.rejects(intuit({ clientSecret: 'wrong' }).refreshUsingToken('RT1-none'), error => {
    assert.equal(error.authResponse.status(), 401)
    return true
  })
})

test('intuit-oauth: a revoked consent opens nothing', async () => {
  const client = await signedIn()
  const { access_token: access, refresh_token: refresh } = client.getToken()
  await client.revoke()
  assert.equal(client.getToken().access_token, '')
  await assert.rejects(quickbooks(simulator, access).getPreferences(), error => error.response.status === 401)
  await assert.rejects(intuit().refreshUsingToken(refresh), error => error.error === 'invalid_grant')
})

test('intuit-oauth: tells who has signed in, when that was consented to', async () => {
  const client = await signedIn({ scope: [OAuthClient.scopes.Accounting, OAuthClient.scopes.OpenId, OAuthClient.scopes.Email] })
  const { json } = await client.getUserInfo()
  assert.equal(typeof json.sub, 'string')
  assert.match(json.email, /@/)
})

test('node-quickbooks: 401, a refresh, and again', async () => {
  const { access_token: access, refresh_token: refresh } = (await signedIn()).getToken()
  const client = quickbooks(simulator, access, refresh)
  await simulator.strike({ effect: 'dead_token', times: 1, path: '/query' })
  await assert.rejects(client.findCustomers({ limit: 1 }), error => error.response.status === 401)
  await client.refreshAccessToken()
  assert.equal((await client.findCustomers({ limit: 1 })).QueryResponse.Customer.length, 1)
})

test('node-quickbooks: refreshes and revokes by itself', async () => {
  const { access_token: access, refresh_token: refresh } = (await signedIn()).getToken()
  const client = quickbooks(simulator, access, refresh)
  const got = await client.refreshAccessToken()
  assert.notEqual(got.access_token, access)
  assert.equal(client.token, got.access_token)
  assert.equal((await client.getPreferences()).SalesFormsPrefs.AllowShipping, true)
  await client.revokeAccess(true)
  assert.equal(client.token, null)
  await assert.rejects(quickbooks(simulator, got.access_token).getPreferences(), error => error.response.status === 401)
})
