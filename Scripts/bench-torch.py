"""PyTorch's side of Scripts/bench: the same models and the same work as bench-lethe.lethe.

    bench-torch.py CONFIGURATION RESULT.json CLOCK THREADS    medians in milliseconds
    bench-torch.py examples RESULT.json CLOCK THREADS         and custom, evaluation, generation, training124, training135
    bench-torch.py loop RESULT.json CLOCK THREADS             seconds that CPython takes for the loops (needs no torch)
    bench-torch.py growth RESULT.json CLOCK THREADS           the same for strings, lists and records that grow

CLOCK is wall or processor.

The model is GPT-2 as one would write it for speed: one matrix product for queries, keys and values, PyTorch's fused attention,
tied embeddings. As everywhere, a token is predicted from those before it, so the last position predicts nothing.
"""
import json
import resource
import statistics
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
    return statistics.median(taken) * 1e3


def make(name, context=None):
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.manual_seed(0)
    torch.set_num_threads(int(threads))
    layers, width, heads, vocabulary, positions, sequences = CONFIGURATIONS[name]
    context = context or positions

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
    adamw = torch.optim.AdamW(parameters, lr=1e-4, fused=True)
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


def examples():
    import torch
    from torch.nn import functional as F

    vocabulary, time_, count, width, heads = 1024, 32, 128, 128, 4
    torch.manual_seed(0)
    torch.set_num_threads(int(threads))
    p = {"tokens": torch.randn(vocabulary, width) * 0.02, "positions": torch.randn(64, width) * 0.02}
    for layer in range(4):
        for name, shape in {"qkv": (3 * width, width), "out": (width, width), "up": (4 * width, width), "down": (width, 4 * width)}.items():
            p[f"{layer}.{name}.w"], p[f"{layer}.{name}.b"] = torch.randn(shape) * 0.02, torch.zeros(shape[0])
        for name in ("norm1", "norm2"):
            p[f"{layer}.{name}.w"], p[f"{layer}.{name}.b"] = torch.ones(width), torch.zeros(width)
    p["norm.w"], p["norm.b"] = torch.ones(width), torch.zeros(width)
    ids = torch.randint(0, vocabulary, (count, time_))
    mask = torch.full((time_, time_), float("-inf")).triu(1)

    def loss(p, ids):
        def norm(x, name):
            return F.layer_norm(x, (width,), p[name + ".w"], p[name + ".b"])

        def linear(x, name):
            return F.linear(x, p[name + ".w"], p[name + ".b"])

        x = p["tokens"][ids] + p["positions"][:time_]
        for layer in range(4):
            q, k, v = (s.view(time_, heads, width // heads).transpose(0, 1) for s in linear(norm(x, f"{layer}.norm1"), f"{layer}.qkv").split(width, 1))
            a = (q @ k.transpose(1, 2) / (width // heads) ** 0.5 + mask).softmax(-1) @ v
            x = x + linear(a.transpose(0, 1).reshape(time_, width), f"{layer}.out")
            x = x + linear(F.gelu(linear(norm(x, f"{layer}.norm2"), f"{layer}.up"), approximate="tanh"), f"{layer}.down")
        logits = F.linear(norm(x, "norm")[:-1], p["tokens"])
        return F.cross_entropy(logits, ids[1:])

    each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))
    v = torch.randn(sum(t.numel() for t in p.values()))

    def woodfisher(damping=1e-3):
        gradients = each(p, ids)
        g = torch.cat([gradients[name].reshape(count, -1) for name in p], 1)
        gram = (g @ g.T).double() + count * damping * torch.eye(count, dtype=torch.float64)
        weights = torch.cholesky_solve((g @ v).double()[:, None], torch.linalg.cholesky(gram))[:, 0]
        return (v - g.T @ weights.float()) / damping

    return {
        "parameters": v.numel(),
        "examples": median_milliseconds(lambda: each(p, ids), 5, 1),
        "woodfisher": median_milliseconds(woodfisher, 5, 1),
    }


def custom():
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(int(threads))
    n = 10**6
    p0, g, z = torch.randn(n), torch.randn(n), torch.zeros(n)

    def sgd(p, g, s, lr=0.1):
        s = {"v": 0.9 * s["v"] + g}
        return p - lr * s["v"], s

    def adam(p, g, s, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
        t = s["t"] + 1
        m = b1 * s["m"] + (1 - b1) * g
        v = b2 * s["v"] + (1 - b2) * g * g
        return p - lr * (m / (1 - b1**t)) / (torch.sqrt(v / (1 - b2**t)) + eps), {"t": t, "m": m, "v": v}

    def sophia(p, g, s, lr=1e-4, b1=0.9, b2=0.95, rho=0.04):
        m = b1 * s["m"] + (1 - b1) * g
        h = b2 * s["h"] + (1 - b2) * g * g
        return p - lr * torch.clamp(m / torch.clamp(rho * h, min=1e-15), -1, 1), {"m": m, "h": h}

    def ten(f, s):
        p = p0
        for _ in range(10):
            p, s = f(p, g, s)
        return p[0].item()

    with torch.no_grad():
        return {
            "parameters": n,
            "own_sgd": median_milliseconds(lambda: ten(sgd, {"v": z}), 9) / 10,
            "own_adam": median_milliseconds(lambda: ten(adam, {"t": 0, "m": z, "v": z}), 9) / 10,
            "own_sophia": median_milliseconds(lambda: ten(sophia, {"m": z, "h": z}), 9) / 10,
        }


def evaluation():
    import torch

    model, parameters, ids = make("small")

    def whole():
        with torch.no_grad():
            for _ in range(64):
                model(ids).item()

    return {"parameters": sum(p.numel() for p in parameters), "evaluation": median_milliseconds(whole, 5, 1)}


def generation():
    """Each token as one row through all layers, with a cache of keys and values."""
    import torch
    from torch.nn import functional as F

    torch.manual_seed(0)
    torch.set_num_threads(int(threads))
    layers, width, heads, vocabulary = 12, 768, 12, 50257
    size = width // heads
    tokens, positions = torch.randn(vocabulary, width) * 0.02, torch.randn(64, width) * 0.02
    blocks = [
        {name: (torch.randn(shape) * 0.02, torch.zeros(shape[0]))
         for name, shape in {"qkv": (3 * width, width), "out": (width, width), "up": (4 * width, width), "down": (width, 4 * width)}.items()}
        for _ in range(layers)
    ]
    one, zero = torch.ones(width), torch.zeros(width)

    def run(prompt, most):
        keys, values = torch.zeros(layers, heads, 64, size), torch.zeros(layers, heads, 64, size)
        ids, start, made = torch.tensor(prompt), 0, []
        for _ in range(most):
            t = len(ids)
            x = tokens[ids] + positions[start:start + t]
            for layer, block in enumerate(blocks):
                q, k, v = (s.view(t, heads, size).transpose(0, 1) for s in F.linear(F.layer_norm(x, (width,), one, zero), *block["qkv"]).split(width, 1))
                keys[layer, :, start:start + t], values[layer, :, start:start + t] = k, v
                a = F.scaled_dot_product_attention(q, keys[layer, :, :start + t], values[layer, :, :start + t], is_causal=t > 1)
                x = x + F.linear(a.transpose(0, 1).reshape(t, width), *block["out"])
                x = x + F.linear(F.gelu(F.linear(F.layer_norm(x, (width,), one, zero), *block["up"]), approximate="tanh"), *block["down"])
            start += t
            made.append(F.linear(F.layer_norm(x[-1:], (width,), one, zero), tokens).argmax().item())
            ids = torch.tensor(made[-1:])
        return made

    with torch.no_grad():
        long = median_milliseconds(lambda: run([1, 2, 3, 4], 33), 5, 1)
        short = median_milliseconds(lambda: run([1, 2, 3, 4], 1), 5, 1)
    return {"parameters": sum(t.numel() for b in blocks for pair in b.values() for t in pair) + tokens.numel() + positions.numel(), "token": (long - short) / 32}


def llama():
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.manual_seed(0)
    torch.set_num_threads(int(threads))
    vocabulary, layers, width, heads, groups, inner, time_ = 49152, 30, 576, 9, 3, 1536, 128
    size = width // heads
    angles = torch.outer(torch.arange(time_).float(), 10000 ** (-torch.arange(0, size, 2).float() / size)).repeat(1, 2)
    cosine, sine = angles.cos(), angles.sin()

    def rotate(x):
        a, b = x.chunk(2, -1)
        return x * cosine + torch.cat((-b, a), -1) * sine

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.RMSNorm(width), nn.RMSNorm(width)
            self.q, self.k, self.v = (nn.Linear(width, n * size, bias=False) for n in (heads, groups, groups))
            self.out = nn.Linear(width, width, bias=False)
            self.gate, self.up, self.down = nn.Linear(width, inner, bias=False), nn.Linear(width, inner, bias=False), nn.Linear(inner, width, bias=False)

        def forward(self, x):
            b, t, d = x.shape
            y = self.norm1(x)
            q, k, v = (f(y).view(b, t, -1, size).transpose(1, 2) for f in (self.q, self.k, self.v))
            a = F.scaled_dot_product_attention(rotate(q), rotate(k), v, is_causal=True, enable_gqa=True)
            x = x + self.out(a.transpose(1, 2).reshape(b, t, d))
            y = self.norm2(x)
            return x + self.down(F.silu(self.gate(y)) * self.up(y))

    class Llama(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.norm = nn.Embedding(vocabulary, width), nn.RMSNorm(width)
            self.blocks = nn.ModuleList(Block() for _ in range(layers))

        def forward(self, ids):
            x = self.tokens(ids)
            for block in self.blocks:
                x = block(x)
            logits = F.linear(self.norm(x)[:, :-1].reshape(-1, width), self.tokens.weight)
            return F.cross_entropy(logits, ids[:, 1:].reshape(-1))

    model = Llama()
    return model, list(model.parameters()), torch.randint(0, vocabulary, (4, time_))


def training(made):
    import torch

    model, parameters, ids = made
    adamw = torch.optim.AdamW(parameters, lr=1e-4, fused=True)

    def steps(count):
        start = now()
        for _ in range(count):
            adamw.zero_grad()
            model(ids).backward()
            adamw.step()
        return now() - start

    steps(1)
    few = steps(2)
    more = steps(5)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"parameters": sum(p.numel() for p in parameters), "step": (more - few) / 3 * 1e3, "peak": peak}


def growth():
    def text(n):
        s = ""
        for i in range(n):
            s = s + "x"
        return len(s)

    def new_fields(n):
        d = {}
        for i in range(n):
            d[f"k{i}"] = i
        return len(d)

    def old_field(n):
        d = {"a": 0}
        for i in range(n):
            d["a"] = i
        return d["a"]

    def field_list(n):
        r = {"xs": []}
        for i in range(n):
            r["xs"] += [i]
        return len(r["xs"])

    def seconds(f, n):
        start = now()
        f(n)
        return now() - start

    sizes = [2000, 8000, 32000]
    return {"linear": {f.__name__: [seconds(f, n) for n in sizes] for f in (text, new_fields, old_field, field_list)}}


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
    result = {
        "loop": loop, "growth": growth, "examples": examples, "custom": custom, "evaluation": evaluation, "generation": generation,
        "training124": lambda: training(make("gpt2", context=128)), "training135": lambda: training(llama()),
    }.get(what, lambda: measure(what))()
    with open(path, "w") as file:
        json.dump(result, file)
