/** What an operator should think of first, for the error codes of AWS that a wrong set-up brings. */
const MEANING: Readonly<Partial<Record<string, string>>> = {
  AccessDenied: 'the role of the function may not do this',
  AccessDeniedException: 'the role of the function may not do this',
  UnauthorizedOperation: 'the role of the function may not do this',
  InvalidInstanceId: 'SSM does not know this node, or its agent is not connected',
  InvalidDocument: 'the document is not deployed in this account and Region',
  InvalidParameters: 'the document does not take these parameters',
  'InvalidVpnConnectionID.NotFound': 'no such VPN connection in this account and Region',
  RequestLimitExceeded: 'AWS throttles',
  ThrottlingException: 'AWS throttles',
  TooManyRequestsException: 'AWS throttles',
};

/** Errors that do not come from a service: who threw them, and nothing of what they say. */
const LOCAL: Readonly<Partial<Record<string, string>>> = {
  AbortError: 'no answer in time',
  TimeoutError: 'no answer in time',
  CredentialsProviderError: 'no credentials',
  SyntaxError: 'the answer cannot be read',
  TypeError: 'the answer cannot be read',
  RangeError: 'the answer cannot be read',
};

/** Codes of Node's network errors, such as `ECONNRESET`. */
const SYSTEM_CODE = /^E[A-Z_]{3,20}$/;

/** AWS's error codes are words in capitals: `InvalidVpnConnectionID.NotFound`. */
const AWS_CODE = /^[A-Z][A-Za-z]{2,60}(?:\.[A-Z][A-Za-z]{2,60}){0,3}$/;

/**
 * Why a call failed, for evidence: the error's code or name, and our own words. Nothing else of it, since
 * an error may quote what was answered, and EC2's answers hold pre-shared keys in clear: a parse error
 * cites the text at which it stumbled, and the SDK hangs the whole response on it.
 */
export function failureReason(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'failed without an error';
  const name = wordOf(error, 'name');
  const code = wordOf(error, 'code');
  if (wordOf(error, '$fault') !== '' && AWS_CODE.test(name)) {
    const meaning = Object.hasOwn(MEANING, name) ? MEANING[name] : undefined;
    return meaning === undefined ? name : `${name}: ${meaning}`;
  }
  if (SYSTEM_CODE.test(code)) return `${code}: no connection`;
  const meaning = Object.hasOwn(LOCAL, name) ? LOCAL[name] : undefined;
  return meaning === undefined ? 'failed with an error of another kind' : `${name}: ${meaning}`;
}

function wordOf(error: object, field: string): string {
  const value = (error as Readonly<Record<string, unknown>>)[field];
  return typeof value === 'string' ? value : '';
}
