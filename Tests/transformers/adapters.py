#!/usr/bin/env python3
"""Random adapters of low rank on tiny random checkpoints of every architecture, against peft, both ways.

    Tests/transformers/adapters.py PROGRAM [COUNT [SEED]]

For each a model is made by transformers and an adapter by peft, with ranks, targets and layers drawn at random; both are
saved, and read by PROGRAM: loss, logits, the adapter's gradient norms, the merged model's loss and greedy tokens must
agree. Then what PROGRAM saves must be read by peft with the same logits. Where Python has no peft it says so and ends
well: no other test needs it.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try:
    import peft
    import torch
    import transformers as tf
except ImportError:
    print("skipped: the Python packages torch, transformers and peft are not installed")
    sys.exit(0)
from compare import draw, furthest, logits_of

SCRIPT = """
base = load(args[0], storage=args[4])
m = load(args[5], base=base)
given = read_json(args[1])
b = batch(given.ids, labels=given.labels, mask=given.mask)
g = parameters(grad(x -> nll(x, b), m))
save(m, args[2])
write_json((
  loss=nll(m, b), merged=nll(merge(m), b), logits=map(i -> logits(m, b)[0, i], range(len(given.ids[0]))),
  names=keys(g), norms=map(k -> norm(g[k]), keys(g)), greedy=generate(m, given.ids[0][:4], most=8)), args[3])
"""


def configuration(r, model):
    """An adapter with options drawn at random, on some of a model's linear layers."""
    head = model.get_output_embeddings()
    tied = head.weight is model.get_input_embeddings().weight
    names = [name for name, module in model.named_modules()
             if type(module).__name__ in ["Linear", "Conv1D"] and not (tied and module is head)]
    short = sorted({name.split(".")[-1] for name in names if name.split(".")[-1] not in ["lm_head", "embed_out"]})
    layers = None
    kind = r.choice(["all", "names", "full", "expression", "head", "layers"])
    if kind == "all":
        targets = "all-linear"
    elif kind == "full":
        targets = r.sample(names, r.randint(1, len(names)))
    elif kind == "expression":
        targets = r".*\.0\..*(" + "|".join(r.sample(short, r.randint(1, len(short)))) + ")"
        if not any(__import__("re").fullmatch(targets, name) for name in names):
            targets = "all-linear"
    else:
        targets = r.sample(short, r.randint(1, len(short)))
        if kind == "head" and not tied:
            targets.append(next(n for n, m in model.named_modules() if m is head).split(".")[-1])
        if kind == "layers":
            inside = [name for name in targets if any(n.split(".")[-1] == name and ".0." in n for n in names)]
            targets, layers = inside or ["q_proj"], r.choice([0, [0]])
            if not inside:
                targets, layers = "all-linear", None
    ranks = {r.choice(short): r.choice([1, 5])} if r.random() < 0.4 else {}
    alphas = {r.choice(short): r.choice([3, 40])} if r.random() < 0.4 else {}
    return peft.LoraConfig(
        r=r.choice([1, 2, 3, 8]), lora_alpha=r.choice([1, 8, 16, 12.5]), use_rslora=r.random() < 0.4,
        target_modules=targets, layers_to_transform=layers, rank_pattern=ranks, alpha_pattern=alphas,
        fan_in_fan_out=type(model).__name__.startswith("GPT2"), task_type="CAUSAL_LM")


def main():
    program, count = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 60
    seed, failed = int(sys.argv[3]) if len(sys.argv) > 3 else 0, 0
    for number in range(count):
        r = random.Random(seed * 100_000 + number)
        torch.manual_seed(number)
        config = draw(r)
        with tempfile.TemporaryDirectory() as folder:
            there, adapter, back, given, result, case = (
                os.path.join(folder, x) for x in ["there", "adapter", "back", "given.json", "result.json", "case.lethe"])
            model = tf.AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
            for parameter in model.parameters():
                parameter.data += 0.2 * torch.randn_like(parameter)
            storage = r.choice(["f32", "bf16", "f16"])
            if storage != "f32":  # numbers that it holds exactly
                kind = torch.bfloat16 if storage == "bf16" else torch.float16
                for parameter in model.parameters():
                    parameter.data = parameter.data.to(kind).float()
            model.save_pretrained(there)
            adapted = peft.get_peft_model(model, configuration(r, model)).float().eval()
            for name, parameter in adapted.named_parameters():
                if "lora_" in name:
                    parameter.data += 0.3 * torch.randn_like(parameter)
            adapted.save_pretrained(adapter)
            time = r.choice([6, 11])
            ids = [[r.randrange(3, 50) for _ in range(time)] for _ in range(2)]
            mask = [[1] * time, [1] * (time - 2) + [0, 0]]
            labels = [[x if m and i > 1 else -100 for i, (x, m) in enumerate(zip(*row))] for row in zip(ids, mask)]
            json.dump(dict(ids=ids, mask=mask, labels=labels), open(given, "w"))
            open(case, "w").write(SCRIPT)
            done = subprocess.run(
                [program, "--quiet", case, there, given, back, result, storage, adapter], capture_output=True, text=True)
            label = f"{number} {config.model_type} {adapted.peft_config['default'].target_modules} {storage}"
            if done.returncode != 0:
                failed += 1
                print(label, "failed:", done.stderr[-600:], done.stdout[-300:])
                continue
            found = json.load(open(result))
            adapted.zero_grad()
            loss = adapted(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask),
                           labels=torch.tensor(labels)).loss
            loss.backward()
            norms = {n.replace(".default", ""): float(p.grad.norm()) for n, p in adapted.named_parameters()
                     if p.grad is not None}
            theirs = logits_of(adapted, ids, mask)[0]
            problems = []
            if abs(found["loss"] - loss.item()) > 1e-4 * max(1, loss.item()):
                problems.append(f"loss {found['loss']} {loss.item()}")
            if abs(found["merged"] - loss.item()) > 1e-4 * max(1, loss.item()):
                problems.append(f"merged loss {found['merged']} {loss.item()}")
            if furthest(torch.tensor(found["logits"]), theirs) > 1e-4:
                problems.append("logits")
            if set(norms) != set(found["names"]):
                problems.append(f"names {set(norms) ^ set(found['names'])}")
            for name, value in zip(found["names"], found["norms"]):
                if abs(value - norms.get(name, 0)) > 2e-3 * max(norms.get(name, 0), 1e-2):
                    problems.append(f"gradient of {name}: {value} {norms.get(name)}")
            again = tf.AutoModelForCausalLM.from_pretrained(there, attn_implementation="eager").float().eval()
            again = peft.PeftModel.from_pretrained(again, back).eval()
            if furthest(logits_of(again, ids, mask)[0], theirs) > 1e-4:
                problems.append("logits of what was saved")
            if problems:
                failed += 1
                print(label, problems)
    print(f"{count - failed} of {count} adapters agree with peft")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
