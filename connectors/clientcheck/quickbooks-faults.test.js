import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { start } from './sandbox.js'
import { fault, quickbooks } from './quickbooks.js'

const { quickbooks: simulator } = await start()
const client = quickbooks(simulator)

afterEach(() => simulator.clear())

const struck = async rule => {
  await simulator.strike({ times: 1, ...rule })
  try {
    await client.getPreferences()
  } catch (error) {
    return error
  }
  return assert.fail(`${JSON.stringify(rule)}: no error`)
}

test('QuickBooks: 429 is XML, whatever is accepted', async () => {
  const { response } = await struck({ effect: 'refuse', status: 429 })
  assert.equal(response.status, 429)
  assert.match(response.headers['content-type'], /xml/)
  assert.match(response.data, /<Error code="3001">.*ThrottleExceeded; errorCode=003001; statusCode=429/s)
})

test('QuickBooks: a fault has a code, a message and a detail', async () => {
  const stale = fault(await struck({ effect: 'refuse', status: 400, code: '5010' }))
  assert.deepEqual([stale.code, stale.Message, stale.status], ['5010', 'Stale Object Error', 400])
  assert.match(stale.Detail, /^Stale Object Error : You and .* were working on this at the same time/)
  const broken = await struck({ effect: 'refuse', status: 500 })
  assert.deepEqual([broken.response.data.Fault.type, fault(broken).code], ['SystemFault', '10000'])
  const passing = fault(await struck({ effect: 'refuse', status: 400, code: '6000' }))
  assert.match(passing.Detail, /Please wait a few minutes/)
})

test('QuickBooks: 401 and 403 come from the gateway, in lower case', async () => {
  const expired = await struck({ effect: 'refuse', status: 401 })
  assert.deepEqual([expired.response.status, expired.response.data.fault.error[0].code], [401, '3200'])
  const foreign = await struck({ effect: 'refuse', status: 403 })
  assert.deepEqual([foreign.response.status, foreign.response.data.fault.error[0].code], [403, '3100'])
})

test('QuickBooks: what is in between answers in its own way', async () => {
  const page = await struck({ effect: 'html', status: 503 })
  assert.match(page.response.data, /^<html>/)
  assert.equal((await struck({ effect: 'refuse', status: 502 })).response.status, 502)
  assert.equal((await struck({ effect: 'drop' })).response, undefined)
  assert.match((await struck({ effect: 'cut' })).message, /aborted/)
})

test('QuickBooks: every answer names its request', async () => {
  const { headers } = (await struck({ effect: 'refuse', status: 400 })).response
  assert.match(headers.intuit_tid, /^1-/)
})
