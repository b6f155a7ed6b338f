// Stands in for aws-actions/configure-aws-credentials: gives made-up credentials, other ones at each exchange.
//
// Owns where they go (outputs, environment), as the real one does. Never speaks to STS.
// A scenario lets the n-th exchange fail: {"configure-aws-credentials": {"fail": [2]}}

const { begin, callsOf, exportVariable, fail, mask, scripted, setOutput } = await import(process.env.TARGET_REPO_STUBS)

const ACTION = 'configure-aws-credentials'
const LONGEST_NAME = 64

const inputs = begin(ACTION, import.meta.dirname)
const exchange = callsOf(ACTION)
if (!process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN) fail('Credentials could not be loaded: there is no OIDC token. Is `id-token: write` missing?')
if (scripted(ACTION)?.fail?.includes(exchange)) fail('Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity')
if (!inputs['aws-region']) fail('Input required and not supplied: aws-region')
if (!/^arn:aws[a-z-]*:iam::\d{12}:role\//.test(inputs['role-to-assume'])) fail(`${inputs['role-to-assume']} is no role`)
const seconds = Number(inputs['role-duration-seconds'] || 3600)
if (!(seconds >= 900 && seconds <= 43_200)) fail('role-duration-seconds is out of bounds')
if (!/^[\w+=,.@-]{2,64}$/.test(inputs['role-session-name'] || 'GitHubActions')) fail(`the session name is none (at most ${LONGEST_NAME} characters)`)

const credentials = {
  'aws-access-key-id': `ASIAEXCHANGE${exchange}`,
  'aws-secret-access-key': `secret-of-exchange-${exchange}`,
  'aws-session-token': `session-of-exchange-${exchange}`,
}
for (const value of Object.values(credentials)) mask(value)
if (inputs['output-credentials'] === 'true') {
  for (const [name, value] of Object.entries(credentials)) setOutput(name, value)
  setOutput('aws-expiration', new Date(Date.now() + 1000 * seconds).toISOString())
}
if (inputs['output-env-credentials'] !== 'false') {
  for (const [name, value] of Object.entries(credentials)) exportVariable(name.toUpperCase().replaceAll('-', '_'), value)
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) exportVariable(name, inputs['aws-region'])
}
setOutput('aws-account-id', inputs['role-to-assume'].split(':')[4])
