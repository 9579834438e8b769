"""PyTorch's side of Scripts/bench: the same models and the same work as bench-lethe.lethe.

    bench-torch.py CONFIGURATION RESULT.json CLOCK THREADS    medians in milliseconds
    bench-torch.py memory RESULT.json CLOCK THREADS           peak memory of AdamW training steps of gpt2, in MiB
    bench-torch.py loop RESULT.json CLOCK THREADS             seconds that CPython takes for the loops (needs no torch)

CLOCK is wall or processor.

The model is GPT-2 as one would write it for speed: one matrix product for queries, keys and values, PyTorch's fused attention,
tied embeddings. As everywhere, a token is predicted from those before it, so the last position predicts nothing.
"""
import json
import resource
import sys
import time

CONFIGURATIONS = {  # layers, width, heads, vocabulary, context, sequences
    "tiny": (2, 64, 4, 512, 64, 16),
    "small": (4, 128, 4, 2048, 64, 16),
    "medium": (6, 384, 6, 8192, 64, 8),
    "gpt2": (12, 768, 12, 50257, 64, 4),
}


def median_milliseconds(work, times, warmups=2):
    for _ in range(warmups):
        work()
    taken = []
    for _ in range(times):
        start = now()
        work()
        taken.append(now() - start)
    return sorted(taken)[len(taken) // 2] * 1e3


def make(name):
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.manual_seed(0)
    torch.set_num_threads(int(threads))
    layers, width, heads, vocabulary, context, sequences = CONFIGURATIONS[name]

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

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
            self.blocks, self.norm = nn.ModuleList(Block() for _ in range(layers)), nn.LayerNorm(width)

        def forward(self, ids):
            x = self.tokens(ids) + self.positions.weight
            for block in self.blocks:
                x = block(x)
            logits = F.linear(self.norm(x)[:, :-1].reshape(-1, width), self.tokens.weight)
            return F.cross_entropy(logits, ids[:, 1:].reshape(-1))

    model = GPT()
    return model, list(model.parameters()), torch.randint(0, vocabulary, (sequences, context))


def measure(name):
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    model, parameters, ids = make(name)
    averages = [torch.zeros_like(p) for p in parameters]
    curvatures = [torch.zeros_like(p) for p in parameters]
    adamw = torch.optim.AdamW(parameters, lr=1e-4)
    probe = [torch.randn_like(p) for p in parameters]

    def gradient():
        for p in parameters:
            p.grad = None
        model(ids).backward()

    def forward():
        with torch.no_grad():
            model(ids)

    def hessian_product():
        with sdpa_kernel(SDPBackend.MATH):  # the fused attention has no second derivative
            slopes = torch.autograd.grad(model(ids), parameters, create_graph=True)
            torch.autograd.grad(slopes, parameters, probe)

    # The public Sophia code's step: average of the gradient, of its square, decay, clip.
    def sophia(lr=1e-4, beta1=0.9, beta2=0.95, rho=0.04, decay=0.1, tokens=5120):
        with torch.no_grad():
            for p, m, h in zip(parameters, averages, curvatures):
                h.mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
                m.mul_(beta1).add_(p.grad, alpha=1 - beta1)
                p.mul_(1 - lr * decay)
                ratio = (m.abs() / (rho * tokens * h + 1e-15)).clamp(None, 1)
                p.addcmul_(m.sign(), ratio, value=-lr)

    large = name == "gpt2"
    times = 3 if large else 15
    return {
        "parameters": sum(p.numel() for p in parameters),
        "gradient": median_milliseconds(gradient, times),
        "forward": median_milliseconds(forward, times),
        "sophia": median_milliseconds(sophia, times),
        "adamw": median_milliseconds(adamw.step, times),
        "hvp": median_milliseconds(hessian_product, 1 if large else 5, 1),
    }


def memory():
    import torch

    model, parameters, ids = make("gpt2")
    adamw = torch.optim.AdamW(parameters, lr=1e-4)
    for _ in range(3):
        adamw.zero_grad()
        model(ids).backward()
        adamw.step()
    return {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def loop():
    def inside(n, a, b):
        x = 0.0
        for i in range(n):
            x = x * a + b
        return x

    start = now()
    inside(10**7, 0.999, 0.5)
    in_function = now() - start
    # At top level names are looked up in a dictionary.
    code = compile("for i in range(10**7):\n    x = x * a + b\n", "loop", "exec")
    start = now()
    exec(code, {"x": 0.0, "a": 0.999, "b": 0.5})
    return {"top_level": now() - start, "in_function": in_function}


if __name__ == "__main__":
    what, path, kind, threads = sys.argv[1:]
    now = time.process_time if kind == "processor" else time.perf_counter
    result = {"memory": memory, "loop": loop}.get(what, lambda: measure(what))()
    with open(path, "w") as file:
        json.dump(result, file)
