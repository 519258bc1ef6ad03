import { AwsError } from './service.ts';

/**
 * The service has acted, but its answer never arrives. The wire server drops the connection, so a
 * real client sees ECONNRESET and, by default, sends the request again; a caller inside the process
 * gets the code that Step Functions reports for a broken connection (SdkClientException).
 */
export class LostReply extends AwsError {
  constructor() {
    super('SdkClientException', 'The connection broke before the reply arrived.', {
      httpStatus: 500,
    });
    this.name = 'LostReply';
  }
}
