import type { ModelWarningId, NotCompared } from './summary.ts';

/** Why each change of inputs and outputs matters to callers: a new one without words does not compile. */
export const MODEL_WARNING_WORDS: Readonly<
  Record<ModelWarningId, { readonly title: string; readonly reason: string }>
> = {
  'input-new': {
    title: 'Input added',
    reason: "Callers that don't send it get 422.",
  },
  'input-removed': {
    title: 'Input removed',
    reason: 'Callers that send it by its name get 422.',
  },
  'input-changed': {
    title: 'Input changed',
    reason: 'What callers send in the old type or shape may be refused, or be read otherwise.',
  },
  'input-order': {
    title: 'Inputs in another order',
    reason: 'Requests without names, such as CSV rows, give the inputs in their order.',
  },
  'output-removed': {
    title: 'Output removed',
    reason: 'Callers that read it find nothing.',
  },
  'output-changed': {
    title: 'Output changed',
    reason: 'Callers that read the old type or shape may fail, or read it wrongly.',
  },
  'output-order': {
    title: 'Outputs in another order',
    reason: 'Answers without names hold the first output alone.',
  },
};

/** Why there was nothing to compare a candidate with, in a sentence. */
export const NOT_COMPARED_WORDS: Readonly<Record<NotCompared, string>> = {
  'commit-missing': 'nothing is compared: a commit is not in the history of the default branch',
  'new-service': 'the service is new: there is no model before it to compare with',
  'no-captured-requests': 'nothing is compared: no captured request was found',
  'no-model': 'this repository has no model of the service to review',
  'base-not-built': 'nothing is compared: the server of the commit before could not be built',
  'base-does-not-start': 'nothing is compared: the model before does not run in its own server',
};
