// What other languages call things, and what they are called here.

enum ForeignNames {
    /// A hint for a name that is not defined; names with `()` only where it is called.
    static func hint(forUndefined name: String) -> String? {
        for (names, hint) in functions where names.split(separator: " ").contains(where: { $0 == name }) { return hint }
        return prompt[name]
    }

    /// A hint for a method `x.name()` or a field.
    static func hint(forMethod name: String) -> String? {
        for (names, hint) in methods where names.split(separator: " ").contains(where: { $0 == name }) { return hint }
        return hint(forUndefined: name)
    }

    /// What belongs to the prompt.
    private static let prompt = [
        "q()": "write :quit, or press Ctrl-D", "help": "write :help, or ?name",
        "whos": "write :who", "ls": "write !ls", "pwd": "write !pwd",
        "cd": "write !ls; the folder stays the one Lethe was started in",
        "clear": "Ctrl-L clears the screen, :reset forgets all names", "cls": "Ctrl-L clears the screen",
        "clc": "Ctrl-L clears the screen", "timeit": "write :bench expression", "tic": "write :time expression",
        "toc": "write :time expression", "dir": "write :who for names, keys(x) for the fields of x",
        "vars": "write :who", "methods": "there are no methods; ?name tells of a function",
    ]

    private static let functions: [(names: String, hint: String)] = [
        ("c() vec list Vec Array", "a list is written [1, 2]"),
        ("array matrix ndarray", "write tensor([1, 2])"),
        ("dict Map hash struct object", "a record is written (a=1, b=2)"),
        ("set Set", "unique(xs) takes out what comes twice"),
        ("tuple", "write [a, b], or a, b"),
        ("int Int", "there is one kind of number; floor(x) and round(x) make it whole"),
        ("float Float double", "there is one kind of number; to_number(text) reads one"),
        ("number Number parseInt parseFloat str2num str2double parse num", "to_number(text) reads a number"),
        ("string String toString char num2str chr", "str(x) writes a value as text, \"{x:.3f}\" with a format"),
        ("bool Bool boolean logical", "comparisons give true and false; `not x` turns one round"),
        ("shape dims", "a tensor's shape is its field: x.shape"),
        ("length nrow nchar numel count", "write len(x)"),
        ("size ndims ncol rank", "len(x) counts items; a tensor has x.shape and x.size"),
        (
            "println disp puts echo cat printf console System fmt stdout write",
            "write print(x), with \"{x:.3f}\" for a format"
        ),
        ("sprintf format fprintf paste paste0", "\"{a} is {b:.3f}\" puts values into a string"),
        ("strcat append_string", "strings are joined with `+`, a list of them with join(xs)"),
        ("strip chomp strtrim", "write trim(text)"), ("substr substring slice mid", "write x[1:3]"),
        ("toupper touppercase uppercase", "write upper(text)"), ("tolower lowercase", "write lower(text)"),
        ("strsplit tokenize", "write split_words(text, separator)"),
        ("gsub strrep sub str_replace", "write replace(text, old, new)"),
        ("startswith startsWith", "write starts(text, part)"), ("endswith endsWith", "write ends(text, part)"),
        ("indexOf strfind index findfirst which", "write find(x, item)"),
        ("includes ismember member elem", "write item in x"),
        ("seq arange colon", "write range(start, stop, step)"),
        ("linspace", "write range(0, 1, 0.1), or range(n) / (n - 1) of a tensor"),
        ("rep repmat repeat", "[x] * 3 repeats"), ("lambda", "functions are written x -> …"),
        ("null nil NULL NA NaN_ undefined", "write none"), ("NaN NAN", "write nan"),
        ("Inf Infinity INFINITY", "write inf"), ("PI Pi π", "write pi"),
        ("reduce Reduce foldl accumulate inject", "write fold((total, x) -> …, start, xs)"),
        ("sapply lapply apply vapply purrr arrayfun cellfun forEach vmap pmap", "write map(x -> …, xs)"),
        ("Filter grep select", "write filter(x -> …, xs)"),
        ("push append extend add insert cons", "write xs = xs + [x]"),
        ("pop remove shift drop", "write xs = xs[:-1], or filter(…)"),
        ("pow power", "powers are written x^2"), ("ln", "log(x) is the natural logarithm"),
        ("log10 log2 log1p", "write log(x) / log(10)"), ("expm1", "write exp(x) - 1"),
        ("mod fmod rem", "the remainder is written a % b"), ("div fld idiv", "whole division is written floor(a / b)"),
        ("trunc fix", "write sign(x) * floor(abs(x))"),
        ("sd stdev stddev", "write std(x)"), ("variance", "write var(x)"), ("percentile", "write quantile(x, q)"),
        ("prod", "write fold((p, x) -> p * x, 1, xs)"),
        ("which_max idxmax", "write argmax(xs)"), ("which_min idxmin", "write argmin(xs)"),
        ("ifelse", "write where(condition, a, b)"), ("argsort order", "write topk(x, len(x)).indices"),
        ("maximum pmax", "write max(a, b)"), ("minimum pmin", "write min(a, b)"), ("clamp", "write clip(x, low, high)"),
        ("matmul mm mul bmm", "the matrix product is written a @ b"), ("transpose t()", "write x.T"),
        ("diag identity", "eye(n) is the identity; a diagonal matrix is x * eye(len(x))"),
        ("cbind hstack vstack rbind cat_", "write concat([a, b], axis=…), or stack([a, b])"),
        ("linsolve lstsq mldivide", "write solve(A, b)"), ("eig", "write eigh(A) of a symmetric matrix"),
        ("DataFrame data_frame tibble", "write table([(a=1, b=2)]) or table(a=[…], b=[…])"),
        ("isinstance typeof class instanceof is", "write type(x)"), ("isNaN is_nan", "write isnan(x)"),
        ("open fopen readLines readlines fread", "write read_text(path)"),
        ("csvread readtable pandas", "write table(read_csv(path))"),
        ("input readline prompt scanf gets", "a program asks nothing; words after a script's name are in args"),
        ("eval exec source_", "write the program itself, or :load file"),
        ("end", "a block ends with }; the last item is x[-1]"), ("begin", "a block stands between { and }"),
        ("elif", "write } else if c {"), ("throw raise stop stopifnot", "error(\"…\") stops with a message"),
        ("backward", "write grad(m -> …, model)"), ("no_grad stop_gradient", "write detach(x)"),
        ("manual_seed set_seed srand", "write seed(1)"), ("DataLoader Dataset", "write batch(data, 8)"),
        ("AutoTokenizer AutoModel AutoModelForCausalLM from_pretrained pipeline", "write load(\"folder\")"),
        ("Sequential Module Linear", "gpt(…) and llama(…) make models"), ("fit", "write train(model, data)"),
        ("predict", "write generate(model, text)"), ("device cuda", "models run on the processor"),
    ]

    private static let methods: [(names: String, hint: String)] = [
        ("append push add push_back", "write xs = xs + [x]"), ("extend concat", "write xs = xs + ys"),
        ("format", "write \"{x:.3f}\""), ("length size count", "write len(…)"), ("split", "write split_words(…)"),
        ("strip", "write trim(…)"), ("startswith startsWith", "write starts(…)"),
        ("endswith endsWith", "write ends(…)"),
        ("numpy tolist to_list cpu item", "write to_list(…), or to_number(…) of one number"),
        ("backward", "write grad(f, x)"), ("to cuda float", "there is nothing to move or convert; leave it out"),
        ("detach", "write detach(…)"), ("permute transpose t", "write x.T"), ("view", "write reshape(…)"),
        ("eval", "a model has no modes; leave it out"), ("state_dict named_parameters", "write parameters(…)"),
        ("forEach", "write for x in xs { }"), ("indexOf", "write find(…)"), ("includes", "write item in x"),
        ("toFixed", "write \"{x:.3f}\""), ("toString", "write str(…)"), ("step zero_grad", "write run = step(run)"),
    ]
}
