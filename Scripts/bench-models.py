"""transformers beside bench-lethe.lethe: a random Llama of SmolLM2-135M's shape.

    bench-models.py adamw135 RESULT.json CLOCK THREADS        AdamW (fused) steps of 4 x 128 tokens, and the peak of memory
    bench-models.py sophia135 RESULT.json CLOCK THREADS       the same with Sophia-G, an estimate of the curvature each step
    bench-models.py recompute135 RESULT.json CLOCK THREADS    AdamW with gradient checkpointing
    bench-models.py greedy135 RESULT.json CLOCK THREADS       greedy tokens with a cache, of one prompt and of 16
    bench-models.py load135 RESULT.json CLOCK THREADS         from_pretrained of the folder that Lethe saved

CLOCK is wall or processor. The exit status is 3 where transformers is not installed.
"""
import importlib.util
import json
import resource
import statistics
import sys
import time

if importlib.util.find_spec("transformers") is None or importlib.util.find_spec("torch") is None:
    sys.exit(3)
# A torchvision that does not fit its torch would keep transformers from being imported; nothing here needs it.
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name.split(".")[0] == "torchvision" else find_spec(name, *rest)

import torch
from transformers import LlamaConfig, LlamaForCausalLM

VOCABULARY = 49152


def smol():
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            hidden_size=576, num_hidden_layers=30, num_attention_heads=9, num_key_value_heads=3, intermediate_size=1536,
            vocab_size=VOCABULARY, tie_word_embeddings=True, max_position_embeddings=512))


def adamw(model, ids):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)

    def step():
        optimizer.zero_grad()
        model(input_ids=ids, labels=ids).loss.backward()
        optimizer.step()

    return step


def sophia(model, ids):
    """Sophia-G (Liu et al., arXiv 2305.14342): the squared gradient of labels drawn from the model, then a clipped step.
    Operations on all tensors at once (torch._foreach), as torch's own optimizers do it without fused kernels."""
    parameters = list(model.parameters())
    moments = [torch.zeros_like(p) for p in parameters]
    curvature = [torch.zeros_like(p) for p in parameters]
    rate, beta1, beta2, rho, decay = 1e-4, 0.965, 0.99, 0.04, 0.1
    count = ids.numel() - ids.shape[0]

    def step():
        model.zero_grad()
        logits = model(input_ids=ids).logits[:, :-1].reshape(-1, VOCABULARY)
        with torch.no_grad():
            labels = torch.multinomial(torch.softmax(logits, -1), 1).squeeze(1)
        torch.nn.functional.cross_entropy(logits, labels).backward()
        del logits
        with torch.no_grad():
            gradients = [p.grad for p in parameters]
            torch._foreach_mul_(curvature, beta2)
            torch._foreach_addcmul_(curvature, gradients, gradients, value=count * (1 - beta2))
            del gradients
        model.zero_grad()
        model(input_ids=ids, labels=ids).loss.backward()
        with torch.no_grad():
            torch._foreach_lerp_(moments, [p.grad for p in parameters], 1 - beta1)
            torch._foreach_mul_(parameters, 1 - rate * decay)
            for p, m, h in zip(parameters, moments, curvature):
                p.sub_(m.div((h * rho).clamp_(min=1e-15)).clamp_(-1, 1), alpha=rate)

    return step


def steps(make, recompute=False):
    model = smol()
    if recompute:
        model.gradient_checkpointing_enable()
    model.train()
    ids = torch.randint(0, VOCABULARY, (4, 128))
    step = make(model, ids)

    def seconds(count):
        start = now()
        for _ in range(count):
            step()
        return now() - start

    few = seconds(2)
    more = seconds(5)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"parameters": sum(p.numel() for p in model.parameters()), "step": (more - few) / 3 * 1e3, "peak": peak}


def median_milliseconds(work, times=3, warmups=1):
    taken = []
    for turn in range(warmups + times):
        start = now()
        work()
        if turn >= warmups:
            taken.append(now() - start)
    return statistics.median(taken) * 1e3


def greedy():
    model = smol().eval()

    def token(count):
        ids = torch.randint(0, VOCABULARY, (count, 16))

        def write(most):
            model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=most, min_new_tokens=most, do_sample=False,
                pad_token_id=0)

        with torch.no_grad():
            return (median_milliseconds(lambda: write(49)) - median_milliseconds(lambda: write(1))) / 48

    return {"parameters": sum(p.numel() for p in model.parameters()), "one": token(1), "sixteen": token(16)}


def load(path):
    for whose in ("-torch.json", "-best.json"):
        path = path.replace(whose, "-lethe.json.model")

    def read():
        model = LlamaForCausalLM.from_pretrained(path, dtype=torch.float32)
        # What is mapped is read when it is used: a sum of all weights counts for both.
        return sum(float(p.sum()) for p in model.parameters())

    return {"parameters": 0, "load": median_milliseconds(read)}


if __name__ == "__main__":
    what, path, kind, threads = sys.argv[1:]
    now = time.process_time if kind == "processor" else time.perf_counter
    torch.set_num_threads(int(threads))
    result = {
        "adamw135": lambda: steps(adamw), "sophia135": lambda: steps(sophia),
        "recompute135": lambda: steps(adamw, recompute=True), "greedy135": greedy, "load135": lambda: load(path),
    }[what]()
    with open(path, "w") as file:
        json.dump(result, file)
