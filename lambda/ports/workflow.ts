export interface Workflow {
  /** Starts the workflow. A name that was used already is no error: that operation is under way. */
  start(
    name: string,
    input: { readonly pair: string; readonly reason: string; readonly trigger: string },
  ): Promise<'started' | 'under-way'>;
  /** Ends the wait for a person's answer, who need not answer any more. An answer that came first is no error. */
  withdrawApprovalRequest(token: string): Promise<void>;
}
