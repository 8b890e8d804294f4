// A sign-in provider that we did not write (npm oidc-provider), for the tests. Reads one JSON object on standard
// input: { port, site, clients, users }. Says "ready" when it listens.
import { createHash, generateKeyPairSync } from 'node:crypto'
import { text } from 'node:stream/consumers'
import Provider from 'oidc-provider'

const { port, site, clients, users } = JSON.parse(await text(process.stdin))
const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
const doors = ['staff', 'patient'].map((door) => `${site}/auth/${door}/callback`)
const PROFILE = ['name', 'role', 'role_name', 'role_code', 'activity_codes', 'org_code', 'org_name', 'nhs_number', 'birthdate', 'family_name', 'identity_proofing_level']

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: clients.map((client) => ({
    redirect_uris: doors, post_logout_redirect_uris: [`${site}/`], response_types: ['code'],
    grant_types: ['authorization_code'], ...client,
  })),
  jwks: { keys: [{ ...key, kid: 'one', use: 'sig', alg: 'RS256' }] },
  cookies: { keys: [createHash('sha256').update(String(process.pid)).digest('hex')] },
  claims: { openid: ['sub'], profile: PROFILE },
  scopes: ['openid', 'profile'],
  pkce: { required: () => true },
  enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'RS512'] },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => { ctx.body = `${form}<button name="logout" value="yes" form="op.logoutForm">Sign out</button>` },
    },
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ ...users[id].claims, sub: id }) }),
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId })
    grant.addOIDCScope('openid profile')
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
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, { login: { accountId: username } }))
})

provider.listen(port, '127.0.0.1', () => console.log('ready'))
