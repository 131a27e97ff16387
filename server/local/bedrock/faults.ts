/** How each error of the service looks when it comes by itself: HTTP status and the text usually seen. */
const faults: ReadonlyMap<string, { readonly status: number; readonly message: string }> = new Map([
  ['ThrottlingException', { status: 429, message: 'Too many requests, please wait before trying again.' }],
  [
    'ModelNotReadyException',
    { status: 429, message: 'Model is not ready for inference. Wait and try your request again.' },
  ],
  ['ServiceUnavailableException', { status: 503, message: 'Bedrock is unable to process your request.' }],
  [
    'InternalServerException',
    { status: 500, message: 'The system encountered an unexpected error during processing. Try your request again.' },
  ],
  [
    'ModelTimeoutException',
    { status: 408, message: 'Model has timed out in processing the request. Try your request again.' },
  ],
  [
    'ModelErrorException',
    {
      status: 424,
      message:
        'Model produced invalid sequence as part of ToolUse. Please refer to the model tool use troubleshooting guide.',
    },
  ],
  [
    'ModelStreamErrorException',
    {
      status: 424,
      message:
        'Model produced invalid sequence as part of ToolUse. Please refer to the model tool use troubleshooting guide.',
    },
  ],
  ['ValidationException', { status: 400, message: 'The model returned the following errors: Validation Error' }],
  [
    'ServiceQuotaExceededException',
    { status: 400, message: 'Your request exceeds the service quota for your account.' },
  ],
  [
    'AccessDeniedException',
    { status: 403, message: "You don't have access to the model with the specified model ID." },
  ],
  [
    'ResourceNotFoundException',
    {
      status: 404,
      message:
        'This model version has reached the end of its life. Please refer to the AWS documentation for more details.',
    },
  ],
]);

/** Status and text of an error type; 400 and the bare name for one that is not known. */
export function describeFault(type: string): { readonly status: number; readonly message: string } {
  return faults.get(type) ?? { status: 400, message: type };
}

/** The errors ConverseStream may send inside the stream, and so the only ones that name an exception frame. */
export const inStreamTypes = [
  'InternalServerException',
  'ModelStreamErrorException',
  'ValidationException',
  'ThrottlingException',
  'ServiceUnavailableException',
] as const;
