"""The field's own programs beside bench-lethe.lethe, where they are installed.

    bench-field.py ekfac RESULT.json CLOCK THREADS    kronfluence's EK-FAC factors of a GPT-2 on 400 texts
    bench-field.py tofu RESULT.json CLOCK THREADS     TOFU's figures of a small Llama by transformers, in padded batches

CLOCK is wall or processor. The exit status is 3 where the program is not installed.
"""
import importlib.util
import json
import math
import os
import statistics
import sys
import tempfile
import time

BATCH = 32
LONGEST = 200  # tokens of a question with its answer, as TOFU's own evaluation has it


def median_milliseconds(work, times, warmups=1):
    for _ in range(warmups):
        work()
    taken = []
    for _ in range(times):
        start = now()
        work()
        taken.append(now() - start)
    return statistics.median(taken) * 1e3


def ekfac():
    import torch
    from kronfluence.analyzer import Analyzer, prepare_model
    from kronfluence.arguments import FactorArguments
    from kronfluence.task import Task
    from torch import nn
    from torch.nn import functional as F

    layers, width, heads, vocabulary, length, count = 4, 128, 4, 2048, 32, 400

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            b, t, d = x.shape
            q, k, v = (s.view(b, t, heads, d // heads).transpose(1, 2) for s in self.qkv(self.norm1(x)).split(d, 2))
            a = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, d)
            x = x + self.out(a)
            return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(64, width)
            self.blocks, self.norm = nn.ModuleList(Block() for _ in range(layers)), nn.LayerNorm(width)

        def forward(self, ids):
            x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
            for block in self.blocks:
                x = block(x)
            return F.linear(self.norm(x), self.tokens.weight)

    class Texts(Task):
        def compute_train_loss(self, batch, model, sample=False):
            logits = model(batch)[:, :-1].reshape(-1, vocabulary)
            labels = batch[:, 1:].reshape(-1)
            if sample:
                with torch.no_grad():
                    labels = torch.multinomial(torch.softmax(logits.detach(), -1), 1).flatten()
            return F.cross_entropy(logits, labels, reduction="sum")

        def compute_measurement(self, batch, model):
            return self.compute_train_loss(batch, model)

    torch.manual_seed(0)
    ids = (torch.arange(length) * 7919 + torch.arange(count)[:, None] * 104729) % vocabulary
    model, task = Model(), Texts()
    weights = sum(p.numel() for p in model.parameters())
    model = prepare_model(model, task)
    with tempfile.TemporaryDirectory() as folder:
        analyzer = Analyzer("bench", model, task, cpu=True, output_dir=folder, disable_tqdm=True)

        def factors():
            analyzer.fit_all_factors(
                factors_name="ekfac", dataset=list(ids), per_device_batch_size=BATCH,
                factor_args=FactorArguments(strategy="ekfac"), overwrite_output_dir=True)

        return {"parameters": weights, "ekfac": median_milliseconds(factors, 3)}


def tofu():
    """Length-normalised probabilities of right, paraphrased and false answers, and greedy answers, as TOFU's evaluation has them."""
    import torch
    from tokenizers import Tokenizer
    from torch.nn import functional as F
    from transformers import AutoModelForCausalLM

    golden = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "Tests", "Golden")
    folder = os.path.join(golden, "checkpoints", "tofu200-llama")
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def questions(name):
        with open(os.path.join(golden, "tofu", name + "_perturbed.json")) as file:
            return [json.loads(line) for line in file if line.strip()]

    rows = [row for name in ("forget01", "retain", "real_authors", "world_facts") for row in questions(name)]
    def prompt(row):
        return f"Question: {row['question']}\nAnswer:"

    def batches(items, key):
        order = sorted(items, key=key)
        return [order[i : i + BATCH] for i in range(0, len(order), BATCH)]

    def probabilities(pairs):
        encoded = [(tokenizer.encode(a).ids, tokenizer.encode(" " + b).ids + [0]) for a, b in pairs]
        for batch in batches(encoded, lambda p: len(p[0]) + len(p[1])):
            longest = max(len(a) + len(b) for a, b in batch)
            ids, labels = torch.zeros(len(batch), longest, dtype=torch.long), torch.full((len(batch), longest), -100)
            for i, (a, b) in enumerate(batch):
                ids[i, : len(a) + len(b)] = torch.tensor(a + b)
                labels[i, len(a) : len(a) + len(b)] = torch.tensor(b)
            logits = model(ids).logits[:, :-1]
            losses = F.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten(), reduction="none").view(len(batch), -1)
            (losses.sum(1) / (labels[:, 1:] != -100).sum(1)).neg().exp().tolist()

    def answers():
        encoded = [tokenizer.encode(prompt(row)).ids for row in rows]
        for batch in batches(encoded, len):
            longest = max(map(len, batch))
            ids, mask = torch.zeros(len(batch), longest, dtype=torch.long), torch.zeros(len(batch), longest, dtype=torch.long)
            for i, row in enumerate(batch):
                ids[i, longest - len(row) :], mask[i, longest - len(row) :] = torch.tensor(row), 1
            model.generate(ids, attention_mask=mask, max_length=LONGEST, do_sample=False, pad_token_id=0)

    def whole():
        with torch.inference_mode():
            right = [(prompt(row), row.get("paraphrased_answer", row["answer"])) for row in rows]
            plain = [(prompt(row), row["answer"]) for row in rows]
            false = [(prompt(row), text) for row in rows for text in row["perturbed_answer"]]
            probabilities(right + plain + false)
            answers()

    return {"parameters": sum(p.numel() for p in model.parameters()), "tofu": median_milliseconds(whole, 3)}


if __name__ == "__main__":
    what, path, kind, threads = sys.argv[1:]
    needs = {"ekfac": "kronfluence", "tofu": "transformers"}[what]
    if importlib.util.find_spec(needs) is None:
        print(f"{needs} is not installed: {what} is measured without it", file=sys.stderr)
        sys.exit(3)
    import torch

    torch.set_num_threads(int(threads))
    now = time.process_time if kind == "processor" else time.perf_counter
    result = {"ekfac": ekfac, "tofu": tofu}[what]()
    with open(path, "w") as file:
        json.dump(result, file)
