"""jupyter_kernel_test's own battery, over the kernel that is installed under the name lethe."""

import unittest

import jupyter_kernel_test


class LetheKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "lethe"
    language_name = "lethe"
    file_extension = ".lethe"
    code_hello_world = 'print("hello, world")'
    code_stderr = ":undo"
    completion_samples = [{"text": "adam", "matches": {"adam", "adamw"}}, {"text": "é = 1; sparkl"}]
    complete_code_samples = ["1", 'print("hello, world")', "def f(x) { x * 2 }", ":who"]
    incomplete_code_samples = ["def f(x) {", "print(1,", "[1, 2"]
    invalid_code_samples = ["1 +* 2", ")"]
    code_generate_error = "nll(mdoel)"
    code_execute_result = [
        {"code": "1 + 2 + 3", "result": "6"}, {"code": "sort([9, 1, 4])", "result": "[1, 4, 9]"}]
    code_display_data = [{"code": "plot([1, 2, 3], [1, 4, 9])", "mime": "image/svg+xml"}]
    code_inspect_sample = "adamw"
    code_history_pattern = "1 ? 2*"
    supported_history_operations = ("tail", "range", "search")
    code_clear_output = ":clear"


if __name__ == "__main__":
    unittest.main(verbosity=2)
