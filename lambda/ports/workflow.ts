/** Starts the workflow. A name that was used already is no error: that operation is under way. */
export interface Workflow {
  start(
    name: string,
    input: { readonly pair: string; readonly reason: string; readonly trigger: string },
  ): Promise<'started' | 'under-way'>;
}
