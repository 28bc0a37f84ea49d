// node-quickbooks, told the simulator's addresses by its own constants.
import { promisify } from 'node:util'
import QuickBooks from 'node-quickbooks'
import { app, realm, token } from './sandbox.js'

// quickbooks returns a client whose methods are awaited instead of called back.
export function quickbooks(simulator, accessToken = token, refreshToken = null) {
  QuickBooks.V3_ENDPOINT_BASE_URL = `${simulator.url}/v3/company/`
  QuickBooks.TOKEN_URL = `${simulator.url}/oauth2/v1/tokens/bearer`
  QuickBooks.REVOKE_URL = `${simulator.url}/v2/oauth2/tokens/revoke`
  const sandbox = true
  const client = new QuickBooks(app.id, app.secret, accessToken, false, realm, sandbox, false, null, '2.0', refreshToken)
  return new Proxy(client, {
    get: (of, name) => typeof of[name] === 'function' ? promisify(of[name]).bind(of) : of[name],
  })
}

// fault is the first error of a Fault that a client's error carries.
export function fault(error) {
  const [first] = (error.Fault ?? error.response.data.Fault).Error
  return { ...first, status: error.response?.status }
}
