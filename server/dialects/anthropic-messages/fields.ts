import { mapped, refused, reported, type Treatments } from '../field-treatments.ts';

/**
 * Every field of Anthropic's request type (@anthropic-ai/sdk 1.11.0). What is in no row is unknown and reported: those
 * that come with a beta are left out together with it.
 */
export const messagesTreatments: Treatments = {
  model: mapped,
  messages: mapped,
  max_tokens: mapped,
  system: mapped,
  stop_sequences: mapped,
  stream: mapped,
  temperature: mapped,
  top_p: mapped,
  top_k: mapped,
  tools: mapped,
  tool_choice: mapped,
  thinking: mapped,
  output_config: mapped,
  cache_control: mapped,
  metadata: mapped,
  service_tier: mapped,
  /** For Claude only: ModelRequest.claude. */
  context_management: mapped,
  betas: mapped,
  anthropic_beta: mapped,
  output_format: mapped,
  speed: { as: 'reported', unless: (value) => value === 'standard' },
  diagnostics: reported,
  inference_geo: reported,
  user_profile_id: reported,
  workspace_id: reported,
  billing_policy: reported,
  fallbacks: reported,
  fallback_credit_token: reported,
  compaction: reported,
  thread: refused('no threads are kept here; leave it out and send the whole conversation in messages'),
  container: refused('no containers are kept here; leave it out'),
  mcp_servers: {
    as: 'refused',
    hint: 'the gateway calls no other servers for a model; leave it out',
    unless: (value) => Array.isArray(value) && value.length === 0,
  },
};
