import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { Client } from '@hubspot/api-client'
import { start, token } from './sandbox.js'

const { hubspot } = await start('-quota')
const client = retries => new Client({ basePath: hubspot.url, accessToken: token, numberOfApiCallRetries: retries })
const hits = async () => (await hubspot.faults()).at(-1).hits

afterEach(() => hubspot.clear())

// told keeps what the client prints of its retries.
const told = t => t.mock.method(console, 'error', () => {}).mock

test('HubSpot: the client waits out a search limit', async t => {
  const said = told(t)
  await hubspot.strike({ effect: 'refuse', status: 429, code: 'SECONDLY', path: '/search', times: 1 })
  const began = Date.now()
  const got = await client(2).crm.products.searchApi.doSearch({ limit: 1 })
  assert.equal(got.total, hubspot.rows('products').length)
  assert.equal(await hits(), 1)
  assert.ok(Date.now() - began >= 990)
  assert.match(said.calls[0].arguments[0], /status code \[429\], will retry \[1\] time in \[1000\] ms/)
})

test('HubSpot: the client knows the limit of ten seconds by its policy', async () => {
  await hubspot.strike({ effect: 'refuse', status: 429, code: 'TEN_SECONDLY_ROLLING', times: 1 })
  await assert.rejects(client(1).crm.products.basicApi.getPage(1), error => {
    assert.equal(error.code, 429)
    assert.deepEqual([error.body.policyName, error.body.errorType], ['TEN_SECONDLY_ROLLING', 'RATE_LIMIT'])
    return true
  })
})

test('HubSpot: the client gives up at once when the day is spent', async () => {
  await hubspot.strike({ effect: 'refuse', status: 429, code: 'DAILY' })
  await assert.rejects(client(6).crm.products.basicApi.getPage(1), error => error.code === 429 && error.body.policyName === 'DAILY')
  assert.equal(await hits(), 1)
})

test('HubSpot: the client asks again after answers of 5xx', async t => {
  const said = told(t)
  await hubspot.strike({ effect: 'refuse', status: 500, times: 2 })
  const got = await client(3).crm.products.basicApi.getPage(1)
  assert.equal(got.results.length, 1)
  assert.equal(await hits(), 2)
  assert.equal(said.calls.length, 2)
})

test('HubSpot: the client does not ask again after 403, 423 and 477', async () => {
  for (const [status, category] of [[403, 'MISSING_SCOPES'], [423, 'LOCKED'], [477, 'MIGRATION_IN_PROGRESS']]) {
    await hubspot.strike({ effect: 'refuse', status, times: 1, retryAfter: status === 477 ? 60 : 0 })
    await assert.rejects(client(3).crm.products.basicApi.getPage(1), error => {
      assert.deepEqual([error.code, error.body.category], [status, category])
      assert.equal(error.headers['retry-after'], status === 477 ? '60' : undefined)
      return true
    })
    assert.equal(await hits(), 1)
  }
})

// For the second half of an answer that was cut this client waits for ever.
test('HubSpot: a broken connection and a page of HTML are errors', async () => {
  for (const effect of ['drop', 'html']) {
    await hubspot.strike({ effect, times: 1 })
    await assert.rejects(client(1).crm.products.basicApi.getPage(1), effect)
    assert.equal(await hits(), 1)
  }
  assert.equal((await client(1).crm.products.basicApi.getPage(1)).results.length, 1)
})

test('HubSpot: what is left of the limit is told in headers', async () => {
  const { headers } = await client(1).apiRequest({ path: '/crm/v3/objects/products?limit=1' })
  assert.equal(headers.get('x-hubspot-ratelimit-interval-milliseconds'), '10000')
  assert.equal(headers.get('x-hubspot-ratelimit-max'), '190')
  assert.ok(Number(headers.get('x-hubspot-ratelimit-remaining')) < 190)
})
