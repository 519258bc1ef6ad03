/** What an operator should think of first, for the error codes of AWS that a wrong set-up brings. */
const MEANING: Readonly<Record<string, string>> = {
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
const LOCAL: Readonly<Record<string, string>> = {
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

interface MaybeAws {
  readonly $fault?: unknown;
  readonly code?: unknown;
}

/**
 * Why a call failed, for evidence: the error's code or name, and our own words. Nothing else of it, since
 * an error may quote what was answered, and EC2's answers hold pre-shared keys in clear: a parse error
 * cites the text at which it stumbled, and the SDK hangs the whole response on it.
 */
export function because(error: unknown): string {
  if (!(error instanceof Error)) return 'failed without an error';
  const { $fault, code } = error as Error & MaybeAws;
  if (typeof $fault === 'string' && AWS_CODE.test(error.name)) {
    const meaning = MEANING[error.name];
    return meaning === undefined ? error.name : `${error.name}: ${meaning}`;
  }
  if (typeof code === 'string' && SYSTEM_CODE.test(code)) return `${code}: no connection`;
  const meaning = LOCAL[error.name];
  return meaning === undefined
    ? 'failed with an error of another kind'
    : `${error.name}: ${meaning}`;
}
