#!/usr/bin/env python3
"""Tiny random checkpoints of every architecture and many flags, against Hugging Face's transformers, both ways.

    Tests/transformers/compare.py PROGRAM [COUNT [SEED]]

For each a model is made by transformers, saved, and read by PROGRAM: loss, logits, gradient norms and greedy tokens must
agree; then what PROGRAM saves must be read by transformers with the same logits. Where Python has no transformers it says
so and ends well: no other test needs it.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

try:
    import torch
    import transformers as tf
except ImportError:
    print("skipped: the Python packages torch and transformers are not installed")
    sys.exit(0)

tf.logging.set_verbosity_error()
tf.utils.logging.disable_progress_bar()

SCRIPT = """
m = load(args[0])
given = read_json(args[1])
b = batch(given.ids, labels=given.labels, mask=given.mask)
g = parameters(grad(x -> nll(x, b), m))
save(m, args[2])
write_json((
  loss=nll(m, b), logits=map(i -> logits(m, b)[0, i], range(len(given.ids[0]))),
  names=keys(g), norms=map(k -> norm(g[k]), keys(g)), greedy=generate(m, given.ids[0][:4], most=12)), args[3])
"""


def rope(r, head):
    kind = r.choice(["default", "default", "linear", "dynamic", "llama3", "yarn"])
    if kind == "default":
        return {"rope_type": "default", "rope_theta": r.choice([10000.0, 500.0])}
    made = {"rope_type": kind, "rope_theta": r.choice([10000.0, 500.0]), "factor": r.choice([2.0, 4.0])}
    if kind == "llama3":
        made.update(low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=8)
    if kind == "yarn":
        made.update(original_max_position_embeddings=8)
    return made


def draw(r):
    """A configuration with flags drawn at random."""
    heads, head = r.choice([2, 4]), r.choice([4, 8])
    groups = r.choice([g for g in [1, 2, 4] if heads % g == 0])
    width, layers, vocabulary = heads * head, r.choice([1, 2, 3]), 50
    common = dict(vocab_size=vocabulary, hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads,
                  max_position_embeddings=r.choice([16, 32]), tie_word_embeddings=r.random() < 0.5,
                  bos_token_id=1, eos_token_id=2, pad_token_id=0, attn_implementation="eager")
    gated = dict(common, num_key_value_heads=groups, intermediate_size=r.choice([12, 24]))
    act = r.choice(["silu", "gelu", "gelu_pytorch_tanh", "relu", "gelu_new"])
    name = r.choice(["gpt2", "gpt_neox", "opt", "phi", "phi3", "llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2",
                     "olmo2", "stablelm"])
    if name == "gpt2":
        return tf.GPT2Config(
            vocab_size=vocabulary, n_embd=width, n_layer=layers, n_head=heads, n_positions=32,
            n_inner=r.choice([None, 12]), activation_function=r.choice(["gelu_new", "relu", "gelu", "silu", "tanh"]),
            scale_attn_weights=r.random() < 0.7, scale_attn_by_inverse_layer_idx=r.random() < 0.5,
            tie_word_embeddings=r.random() < 0.7, bos_token_id=1, eos_token_id=2, attn_implementation="eager")
    if name == "gpt_neox":
        return tf.GPTNeoXConfig(**common, intermediate_size=24, hidden_act=r.choice(["gelu", "relu", "gelu_new"]),
                                rotary_pct=r.choice([0.25, 0.5, 1.0]), use_parallel_residual=r.random() < 0.5,
                                attention_bias=r.random() < 0.5)
    if name == "opt":
        return tf.OPTConfig(
            vocab_size=vocabulary, hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, ffn_dim=24,
            max_position_embeddings=32, do_layer_norm_before=r.random() < 0.5, enable_bias=r.random() < 0.7,
            word_embed_proj_dim=r.choice([width, width // 2]), activation_function=r.choice(["relu", "gelu"]),
            layer_norm_elementwise_affine=True, tie_word_embeddings=r.random() < 0.7, bos_token_id=1, eos_token_id=2,
            pad_token_id=0, attn_implementation="eager")
    if name == "phi":
        return tf.PhiConfig(**gated, partial_rotary_factor=r.choice([0.5, 1.0]), hidden_act=act,
                            qk_layernorm=r.random() < 0.3)
    if name == "phi3":
        return tf.Phi3Config(**gated, hidden_act=act, sliding_window=r.choice([None, 5]),
                             rope_parameters={"rope_type": "default", "rope_theta": 10000.0})
    if name == "llama":
        return tf.LlamaConfig(**gated, hidden_act=act, attention_bias=r.random() < 0.5, mlp_bias=r.random() < 0.5,
                              head_dim=r.choice([None, 8]), rope_parameters=rope(r, head))
    if name == "mistral":
        return tf.MistralConfig(**gated, hidden_act=act, sliding_window=r.choice([None, 4, 6]),
                                head_dim=r.choice([None, 8]), rope_parameters=rope(r, head))
    if name == "qwen2":
        return tf.Qwen2Config(**gated, hidden_act=act, use_sliding_window=r.random() < 0.5, sliding_window=4,
                              max_window_layers=1, rope_parameters=rope(r, head))
    if name == "qwen3":
        return tf.Qwen3Config(**gated, hidden_act=act, head_dim=8, attention_bias=r.random() < 0.5,
                              rope_parameters=rope(r, head))
    if name == "gemma":
        return tf.GemmaConfig(**gated, head_dim=8, hidden_activation=r.choice(["gelu_pytorch_tanh", "gelu"]))
    if name == "gemma2":
        return tf.Gemma2Config(**gated, head_dim=8, sliding_window=4, query_pre_attn_scalar=r.choice([8, 24]),
                               attn_logit_softcapping=r.choice([None, 3.0]),
                               final_logit_softcapping=r.choice([None, 5.0]))
    if name == "olmo2":
        return tf.Olmo2Config(**gated, hidden_act=act, attention_bias=r.random() < 0.5, rope_parameters=rope(r, head))
    return tf.StableLmConfig(**gated, hidden_act=act, partial_rotary_factor=r.choice([0.5, 1.0]),
                             use_qkv_bias=r.random() < 0.5, qk_layernorm=r.random() < 0.4,
                             use_parallel_residual=r.random() < 0.4)


def logits_of(model, ids, mask):
    with torch.no_grad():
        return model(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask)).logits


def furthest(a, b):
    return float((a - b).abs().max()) / max(1e-3, float(b.abs().max()))


def main():
    program, count = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 60
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    failed = 0
    for number in range(count):
        r = random.Random(seed * 100_000 + number)
        torch.manual_seed(number)
        config = draw(r)
        with tempfile.TemporaryDirectory() as folder:
            model = tf.AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
            for parameter in model.parameters():
                parameter.data += 0.2 * torch.randn_like(parameter)
            there, back, given, result = (os.path.join(folder, x) for x in ["there", "back", "given.json", "result.json"])
            model.save_pretrained(there, max_shard_size=r.choice(["5GB", "20KB"]))
            time = r.choice([6, 11, 14])
            ids = [[r.randrange(3, 50) for _ in range(time)] for _ in range(2)]
            mask = [[1] * time, [1] * (time - 2) + [0, 0]]
            labels = [[x if m and i > 1 else -100 for i, (x, m) in enumerate(zip(*row))] for row in zip(ids, mask)]
            json.dump(dict(ids=ids, mask=mask, labels=labels), open(given, "w"))
            open(os.path.join(folder, "case.lethe"), "w").write(SCRIPT)
            done = subprocess.run([program, "--quiet", os.path.join(folder, "case.lethe"), there, given, back, result],
                                  capture_output=True, text=True)
            name, problems = f"{number} {config.model_type}", []
            if not os.path.exists(result):
                problems.append((done.stdout + done.stderr).strip()[-400:])
            else:
                out = json.load(open(result))
                found = model(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask),
                              labels=torch.tensor(labels))
                model.zero_grad()
                found.loss.backward()
                loss = float(found.loss.detach())
                if abs(out["loss"] - loss) > 1e-4 * max(1, abs(loss)):
                    problems.append(f"loss {out['loss']} instead of {loss}")
                # The head's logits of the first sequence, whole.
                off = furthest(torch.tensor(out["logits"]), logits_of(model, ids, mask)[0])
                if off > 1e-4:
                    problems.append(f"logits off by {off:.1e}")
                norms = dict(zip(out["names"], out["norms"]))
                for key, parameter in model.named_parameters():
                    want = 0.0 if parameter.grad is None else float(parameter.grad.norm())
                    if abs(norms.get(key, -1) - want) > 2e-4 * max(want, 0.1):
                        problems.append(f"gradient of {key}: {norms.get(key)} instead of {want}")
                greedy = model.generate(torch.tensor([ids[0][:4]]), max_new_tokens=12, do_sample=False)[0][4:].tolist()
                # Without a tokenizer the end is not written out.
                greedy = greedy[:-1] if greedy[-1] == 2 else greedy
                if [int(x) for x in out["greedy"]] != greedy:
                    problems.append(f"greedy {out['greedy']} instead of {greedy}")
                try:
                    again = tf.AutoModelForCausalLM.from_pretrained(back, attn_implementation="eager").float().eval()
                    off = furthest(logits_of(again, ids, mask)[0], logits_of(model, ids, mask)[0])
                    if off > 1e-5:
                        problems.append(f"saved, transformers' logits are off by {off:.1e}")
                except Exception as error:  # noqa: BLE001: whatever it says is the finding
                    problems.append(f"saved, transformers says {str(error)[:300]}")
            if problems:
                failed += 1
                print(f"FAILED {name}")
                for problem in problems[:4]:
                    print("   ", problem)
                print("   ", json.dumps(config.to_diff_dict(), default=str)[:700])
    print(f"{count} models, {failed} differ")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
