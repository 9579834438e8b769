#!/usr/bin/env python3
"""Compares Lethe's tokenizers with the Hugging Face ones on random tokenizers and nasty texts.

usage: compare.py PROGRAM [--count 200] [--seed 1] [--golden FILE] [--keep FOLDER]

Each tokenizer is a random choice of steps and flags around a small BPE that is trained on the spot. Ids with and without
marks, and decoded text, must be equal. --golden writes some of them down for the tests that need no Python.
Needs the Python package `tokenizers`; without it nothing is compared, and that is said."""
import argparse, json, os, random, shutil, subprocess, sys, tempfile

try:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
except ImportError:
    print("skipped: the Python package tokenizers is not installed")
    sys.exit(0)

CORPUS = [
    "The author was born in Lisbon in 1957, and wrote 'The Salt Orchard'; it's theirs.", "don't  stop\n\n\tnow 1957!",
    "naïve café 東京 🙂 Ω≈ç√∫˜µ≤≥÷ Ünïcödé", "def f(x):\n    return x ** 2  # comment\r\n", "Привет, мир! שלום עולם مرحبا",
    "e\u0301a\u0300o\u0302 한국어 텍스트", "1234567890 3.14159 1,000,000 ٣٤٥ Ⅷ ²³", "AAAA BBBB aaaa bbbb abab abab",
    "the the the then there these those author authors authored", "HTTPServer XMLHttpRequest camelCase snake_case",
]
PIECES = [
    "the", " the", "The ", "author", "'s", "'S", "'re", "'LL", "\u017f", "'\u017f", "n't", " ", "  ", "   ", "\n", "\r\n", "\r", "\t",
    "\n\n", " \n", "1", "12", "1957", "1234567", "٣٤٥", "²", "Ⅷ", "½", "é", "e\u0301", "a\u0300\u0301", "\u0301", "ǆ", "ﬁ", "Å",
    "\u212b", "İ", "ΟΔΟΣ", "ß", "ẞ", "東京", "日本語テキスト", "한국어", "가", "ｶﾞ", "🙂", "👩‍👩‍👧", "🇵🇹", "❤️", "\u200d", "\u200b",
    "\ufeff", "\u00a0", "\u3000", "\u2028", "\u0085", "\x00", "\x01", "\x7f", "\x1b", "\ufffd", "\U000e0041", "\u0378", "\U0001fffe",
    "\uffff", "\ue000", "\U0010ffff", "\u0600", "מ", "ا", "_", "-", "--", "...", "!", "?!", "$", "€", "<", ">", "<s>", "</s>",
    "<|end|>", "<mask>", "[PAD]", "<x>", "  <x>  ", "a<x>b", "▁", "▁▁", "▁the", "</w>", "##", "Ġ", "Ċ", "<0x41>", "abc", "ab", "ABC",
    "x" * 30, "ab" * 20, "camelCase", "HTTPServer", "@#%", "(", ")", "\\", "\"", "`", "~", "«", "»", "—", "¿", "·", "\u00ad",
]
PATTERNS = [
    # Llama 3, Qwen 2, cl100k, o200k, GPT-2, DeepSeek's, and parts of others.
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "[一-龥぀-ゟ゠-ヿ]+", "[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", r"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))", r"\d{1,3}(?=(?:\d{3})*\b)",
    r"\p{Han}+|\p{Hiragana}+|\p{Katakana}+", r"(?<=\s)\S+", r"(?<!\w)\p{Lu}", r"\b", r"\w+|[^\w\s]+", r"(?>a+)b|a", r".", r"^|$",
    r"[[:punct:]]+", r"[\p{L}&&[^a-z]]+", r"\h+", r"(?m:.)+", r"(?:ab)+?", r"\p{N}{2,3}?", r"[^\S\n]+", r"(ab|a)(c|bcd)?", r"\R", r"\A.|.\z",
    r"(?i)straSSe|[k-s]+", r"x*", r"\s+$", r"(?=[A-Z])",
]
rng = random.Random()


def some(options): return rng.choice(options)
def flag(p=0.5): return rng.random() < p
def text():
    if flag(0.1): return some(CORPUS)
    return "".join(some(PIECES) for _ in range(rng.randint(0, 12)))


def pattern():
    if flag(0.25): return {"String": some([" ", "the", "▁", "a", "é", "\n", "ab", "'"])}
    return {"Regex": some(PATTERNS)}


def normalizer(depth=0):
    kind = some(["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Replace", "Prepend", "Strip", "Nmt", "BertNormalizer"]
                + ([] if depth else ["Sequence"] * 6 + [None] * 8))
    if kind is None: return None
    node = {"type": kind}
    if kind == "Replace": node |= {"pattern": pattern(), "content": some(["", "▁", " ", "xy", "é"])}
    if kind == "Prepend": node |= {"prepend": some(["▁", " ", "x"])}
    if kind == "Strip": node |= {"strip_left": flag(), "strip_right": flag()}
    if kind == "BertNormalizer":
        node |= {"clean_text": flag(), "handle_chinese_chars": flag(), "strip_accents": some([None, True, False]), "lowercase": flag()}
    if kind == "Sequence": node |= {"normalizers": [normalizer(1) for _ in range(rng.randint(0, 3))]}
    return node


def byte_level(): return {"type": "ByteLevel", "add_prefix_space": flag(0.3), "trim_offsets": flag(), "use_regex": flag()}


def pre_tokenizer(depth=0):
    kind = some(["ByteLevel", "Split", "Split", "Digits", "Punctuation", "Metaspace", "Whitespace", "WhitespaceSplit", "BertPreTokenizer",
                 "CharDelimiterSplit"] + ([] if depth else ["Sequence"] * 8 + [None]))
    if kind is None: return None
    node = {"type": kind}
    behaviors = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
    if kind == "ByteLevel": return byte_level()
    if kind == "Split": node |= {"pattern": pattern(), "behavior": "Isolated" if flag(0.6) else some(behaviors), "invert": flag(0.2)}
    if kind == "Digits": node |= {"individual_digits": flag()}
    if kind == "Punctuation": node |= {"behavior": some(behaviors)}
    if kind == "Metaspace": node |= {"replacement": "▁", "prepend_scheme": some(["always", "first", "never"]), "split": flag()}
    if kind == "CharDelimiterSplit": node |= {"delimiter": some([" ", "e", "京"])}
    if kind == "Sequence": node |= {"pretokenizers": [pre_tokenizer(1) for _ in range(rng.randint(1, 3))] + ([byte_level()] if flag() else [])}
    return node


def decoder(depth=0):
    kind = some(["ByteLevel", "Fuse", "ByteFallback", "Replace", "Strip", "Metaspace", "BPEDecoder"] + ([] if depth else ["Sequence"] * 5 + [None]))
    if kind is None: return None
    node = {"type": kind}
    if kind == "ByteLevel": return byte_level()
    if kind == "Replace": node |= {"pattern": {"String": some(["▁", " ", "a"])} if flag(0.7) else {"Regex": some([r"\s+", "▁+", "[ab]"])}, "content": some([" ", ""])}
    if kind == "Strip": node |= {"content": some([" ", "a"]), "start": rng.randint(0, 2), "stop": 0}
    if kind == "Metaspace": node |= {"replacement": "▁", "prepend_scheme": some(["always", "first", "never"]), "split": flag()}
    if kind == "BPEDecoder": node |= {"suffix": "</w>"}
    if kind == "Sequence": node |= {"decoders": [decoder(1) for _ in range(rng.randint(1, 4))]}
    return node


def post_processor(ids, depth=0):
    kind = some(["ByteLevel", "TemplateProcessing", "TemplateProcessing", "RobertaProcessing", "BertProcessing"] + ([] if depth else ["Sequence", None, None]))
    if kind is None: return None
    node, (a, b) = {"type": kind}, [(t, ids[t]) for t in ("<s>", "</s>")]
    if kind == "ByteLevel": return byte_level()
    if kind == "RobertaProcessing": node |= {"sep": b, "cls": a, "trim_offsets": flag(), "add_prefix_space": flag()}
    if kind == "BertProcessing": node |= {"sep": b, "cls": a}
    if kind == "TemplateProcessing":
        mark = lambda t: {"SpecialToken": {"id": t, "type_id": 0}}
        single = ([mark("<s>")] if flag(0.7) else []) + [{"Sequence": {"id": "A", "type_id": 0}}] + ([mark("</s>")] if flag(0.4) else [])
        node |= {"single": single, "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                 "special_tokens": {t: {"id": t, "ids": [ids[t]] * some([1, 1, 2]), "tokens": [t] * 1} for t in ("<s>", "</s>")}}
        for t in node["special_tokens"].values(): t["tokens"] = t["tokens"] * len(t["ids"])
    if kind == "Sequence": node |= {"processors": [byte_level(), post_processor(ids, 1)]}
    return node


def added(content, ident, special=None):
    return {"id": ident, "content": content, "single_word": flag(0.25), "lstrip": flag(0.25), "rstrip": flag(0.25), "normalized": flag(0.35),
            "special": flag() if special is None else special}


def make():
    """A random tokenizer.json, or None where its parts do not go together."""
    pre, norm = pre_tokenizer(), normalizer()
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    shell = json.loads(tokenizer.to_str()) | {"pre_tokenizer": pre, "normalizer": norm}
    tokenizer = Tokenizer.from_str(json.dumps(shell))
    prefix, suffix = some([None] * 6 + ["##"]), some([None] * 6 + ["</w>"])
    trainer = trainers.BpeTrainer(
        vocab_size=rng.randint(300, 700), special_tokens=["<unk>", "<s>", "</s>"], show_progress=False, continuing_subword_prefix=prefix or "",
        end_of_word_suffix=suffix or "", initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if flag(0.7) else [], max_token_length=16)
    tokenizer.train_from_iterator(CORPUS + [text() for _ in range(30)], trainer)
    node = json.loads(tokenizer.to_str())
    model = node["model"]
    vocab = model["vocab"]
    fallback = flag(0.3)
    if fallback:
        for b in range(256 if flag(0.7) else 200): vocab.setdefault(f"<0x{b:02X}>", len(vocab))
    model |= {"byte_fallback": fallback, "fuse_unk": flag(), "ignore_merges": flag(0.3), "unk_token": "<unk>",
              "continuing_subword_prefix": prefix, "end_of_word_suffix": suffix}
    ids = dict(vocab)
    node["added_tokens"] = [added("<s>", ids["<s>"], True), added("</s>", ids["</s>"], True)]
    for content in rng.sample(["<|end|>", "<mask>", "[PAD]", "<x>", "  ", "    ", "author", "the", "é", "<|en", "\n\n", "ABC", "ab", "'s", "▁"], rng.randint(0, 6)):
        node["added_tokens"].append(added(content, ids.get(content, len(vocab) + len(node["added_tokens"]))))
    node |= {"post_processor": post_processor(ids), "decoder": decoder()}
    return node


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program"); parser.add_argument("--count", type=int, default=200); parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--texts", type=int, default=60); parser.add_argument("--golden"); parser.add_argument("--keep")
    args = parser.parse_args()
    rng.seed(args.seed)
    work = args.keep or tempfile.mkdtemp()
    os.makedirs(work, exist_ok=True)
    program = os.path.abspath(args.program)
    base = os.path.join(work, "base")
    subprocess.run([program, "--quiet", "-e", f'save(llama(4000, layers=1, width=4, heads=1), "{base}")'], check=True)
    cases = []
    while len(cases) < args.count:
        node = make()
        try: tokenizer = Tokenizer.from_str(json.dumps(node))
        except Exception as e:
            if "Oniguruma" in str(e): print("pattern:", e)
            continue
        texts = [text() for _ in range(args.texts)] + CORPUS[:3] + ["", " ", "a"]
        rows, broken = [], False
        for t in texts:
            try:
                plain, special = tokenizer.encode(t, add_special_tokens=False).ids, tokenizer.encode(t).ids
                rows.append({"text": t, "ids": plain, "special": special, "decoded": tokenizer.decode(special, skip_special_tokens=False),
                             "skipped": tokenizer.decode(special)})
            except BaseException: broken = True; break
        # Some combinations fail in the other library itself.
        if broken: continue
        cases.append({"tokenizer": node, "rows": rows})
    names = []
    for i, case in enumerate(cases):
        folder = os.path.join(work, str(i)); shutil.copytree(base, folder, dirs_exist_ok=True); names.append(folder)
        json.dump(case["tokenizer"], open(folder + "/tokenizer.json", "w"))
        json.dump([r["text"] for r in case["rows"]], open(folder + "/texts.json", "w"))
        json.dump([r["special"] for r in case["rows"]], open(folder + "/ids.json", "w"))
    script = os.path.join(work, "run.lethe")
    open(script, "w").write("""
for i in range(%d) {
  d = "%s/" + str(i)
  r = try {
    t = load(d)
    rows = read_json(d + "/texts.json"); ids = read_json(d + "/ids.json")
    [map(rows, x -> encode(t, x)), map(rows, x -> encode(t, x, special=true)), map(ids, x -> decode(t, x)), map(ids, x -> decode(t, x, special=false))]
  } catch e { e.message }
  write_json(r, d + "/out.json")
}
""" % (len(cases), work))
    run = subprocess.run([program, "--quiet", script], capture_output=True, text=True)
    if run.returncode: print(run.stdout[-3000:], run.stderr[-3000:])
    wrong = 0
    for i, case in enumerate(cases):
        try: out = json.load(open(os.path.join(names[i], "out.json")))
        except Exception: out = "no output"
        if isinstance(out, str): print(f"{i}: {out}"); wrong += 1; continue
        rows = case["rows"]
        for key, values in zip(["ids", "special", "decoded", "skipped"], out):
            bad = [(r, v) for r, v in zip(rows, values) if r[key] != v]
            if bad:
                wrong += 1
                r, v = min(bad, key=lambda x: len(x[0]["text"]))
                n = case["tokenizer"]
                print(f"{i}: {key} of {r['text']!r} ({len(bad)} texts): {v!r} instead of {r[key]!r}")
                if key in ("ids", "special"):
                    print("   ", json.dumps([n["normalizer"], n["pre_tokenizer"]], ensure_ascii=False)[:700])
                    print("   ", {k: x for k, x in n["model"].items() if k not in ("vocab", "merges")}, json.dumps(n["added_tokens"][2:], ensure_ascii=False)[:600])
                else: print("   ", json.dumps(n["decoder"], ensure_ascii=False)[:400])
                break
    print(f"{len(cases)} tokenizers, {wrong} differ")
    if args.golden:
        json.dump([{"tokenizer": c["tokenizer"], "rows": c["rows"][:20]} for c in cases], open(args.golden, "w"), ensure_ascii=False, separators=(",", ":"))
    sys.exit(1 if wrong else 0)


main()
