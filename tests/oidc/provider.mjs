// A sign-in provider that we did not write (npm oidc-provider), for the tests. Reads one JSON object on standard
// input: { port, site, doors, clients, users, national }. Says "ready" when it listens. `national`: its ID tokens hold all
// claims and the way to sign in, as those of NHS CIS2 and NHS login do.
import { createHash, generateKeyPairSync } from 'node:crypto'
import { text } from 'node:stream/consumers'
import Provider from 'oidc-provider'

const { port, site, doors, clients, users, national } = JSON.parse(await text(process.stdin))
const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
const ALGORITHMS = ['RS256', 'RS512']
const SCOPES = ['openid', 'profile', 'nationalrbacaccess', 'associatedorgs', 'selectedrole']
const PROFILE = ['name', 'role', 'role_name', 'role_code', 'activity_codes', 'org_code', 'org_name', 'nhs_number', 'birthdate', 'family_name', 'identity_proofing_level', 'given_name', 'uid', 'vot',
  'id_assurance_level', 'authentication_assurance_level']

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: clients.map((client) => ({
    redirect_uris: doors.map((door) => `${site}/auth/${door}/callback`), post_logout_redirect_uris: [`${site}/`], response_types: ['code'],
    grant_types: ['authorization_code'], ...client,
  })),
  jwks: { keys: [{ ...key, kid: 'one', use: 'sig' }] },
  cookies: { keys: [createHash('sha256').update(String(process.pid)).digest('hex')] },
  claims: {
    openid: ['sub'], profile: PROFILE, nationalrbacaccess: ['nhsid_nrbac_roles'], associatedorgs: ['nhsid_user_orgs'],
    selectedrole: ['selected_roleid'],
  },
  scopes: SCOPES,
  conformIdTokenClaims: !national,
  acrValues: ['AAL2_OR_AAL3_ANY', 'AAL3_ANY'],
  extraParams: ['vtr'],
  pkce: { required: () => true },
  enabledJWA: { clientAuthSigningAlgValues: ALGORITHMS, idTokenSigningAlgValues: ALGORITHMS },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => { ctx.body = `${form}<button name="logout" value="yes" form="op.logoutForm">Sign out</button>` },
    },
  },
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options), // its own would not speak to this machine
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ ...users[id].claims, sub: id }) }),
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId })
    grant.addOIDCScope(SCOPES.join(' '))
    await grant.save()
    return grant
  },
})

const FORM = '<form method="post"><input name="username"><input name="password" type="password"><button>Sign in</button></form>'

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next()
  ctx.type = 'html'
  ctx.body = FORM
  if (ctx.method !== 'POST') return
  const given = new URLSearchParams(await text(ctx.req))
  const username = given.get('username')
  if (users[username]?.password !== given.get('password')) return
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, { login: { accountId: username, ...users[username].login } }))
})

provider.listen(port, '127.0.0.1', () => console.log('ready'))
