/** The outputs of `action.yml`. */
export function renderOutputs(run: number | undefined): Record<string, string> {
  return { passed: String(run !== undefined), 'run-id': run === undefined ? '' : String(run) };
}
