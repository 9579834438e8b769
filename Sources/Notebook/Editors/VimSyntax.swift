// A syntax file for Vim and Neovim.

extension EditorWords {
    /// The file's text.
    public func vimSyntax() -> String {
        """
        " Vim syntax file for Lethe, written by `lethe editor --vim`.
        " Save as ~/.vim/syntax/lethe.vim, and add to ~/.vim/filetype.vim:
        "   autocmd BufNewFile,BufRead *.lethe setfiletype lethe
        if exists("b:current_syntax")
          finish
        endif

        syn case match
        \(keywords("letheControl", control))
        \(keywords("letheOperatorWord", operators))
        \(keywords("letheValue", values))
        \(keywords("letheConstant", constants))
        \(keywords("letheFunction", functions))
        syn match letheField "\\.\\h\\w*"
        syn match letheOption "\\.\\@1<!\\<\\%(\(options.joined(separator: "\\|"))\\)\\>\\ze\\s*==\\@!"
        syn keyword letheDef def nextgroup=letheName skipwhite
        syn match letheName "\\h\\w*" contained
        syn match letheNumber "\\%(\\w\\|\\.\\)\\@1<!\\d[0-9_]*\\%(\\.\\d[0-9_]*\\)\\?\\%([eE][+-]\\?\\d\\+\\)\\?"
        syn match letheOperator "|>\\|->\\|[-+*/%^@<>=!]=\\|[-+*/%^@<>=]"
        syn match letheEscape "\\\\u{\\x\\+}\\|\\\\.\\|{{\\|}}" contained
        syn match letheFormat ":[^}\\"']*\\ze}" contained
        syn region letheInterpolation matchgroup=letheEscape start="{{\\@!" end="}" contained oneline \
        contains=letheFormat,letheNumber,letheOperator,letheControl,letheOperatorWord,letheValue,letheConstant,\
        letheFunction,letheOption,letheField
        syn region letheString start=+"+ skip=+\\\\.+ end=+"+ end=+$+ oneline contains=letheEscape,letheInterpolation
        syn region letheString start=+'+ skip=+\\\\.+ end=+'+ end=+$+ oneline contains=letheEscape,letheInterpolation
        syn match letheComment "#.*$"
        syn match letheOutput "^#>.*$"
        syn match letheCell "^# %%.*$"
        syn match letheCommand "^\\s*:\\%(\(commands.joined(separator: "\\|"))\\)\\>"
        syn match letheHelp "^\\s*?.*$"
        syn match letheShell "^\\s*!.*$"

        hi def link letheControl Conditional
        hi def link letheOperatorWord Operator
        hi def link letheOperator Operator
        hi def link letheValue Boolean
        hi def link letheConstant Constant
        hi def link letheFunction Function
        hi def link letheOption Identifier
        hi def link letheDef Keyword
        hi def link letheName Function
        hi def link letheNumber Number
        hi def link letheEscape SpecialChar
        hi def link letheFormat SpecialChar
        hi def link letheString String
        hi def link letheComment Comment
        hi def link letheOutput PreProc
        hi def link letheCell Title
        hi def link letheCommand Statement
        hi def link letheHelp Statement
        hi def link letheShell Special

        let b:current_syntax = "lethe"

        """
    }

    /// `syn keyword` lines; words that Vim takes for its own arguments are matched instead.
    private func keywords(_ group: String, _ words: [String]) -> String {
        let reserved: Set = [
            "contained", "contains", "containedin", "nextgroup", "transparent", "skipwhite", "skipempty", "skipnl",
            "conceal", "cchar", "display", "fold", "oneline", "extend", "keepend", "excludenl", "matchgroup",
        ]
        let plain = words.filter { !reserved.contains($0) }, others = words.filter(reserved.contains)
        var lines = plain.isEmpty ? [] : ["syn keyword \(group) " + plain.joined(separator: " ")]
        lines += others.map { "syn match \(group) \"\\<\($0)\\>\"" }
        return lines.joined(separator: "\n")
    }
}
